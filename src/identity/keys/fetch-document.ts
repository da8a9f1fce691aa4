import { KeyServerFault } from './key-server-fault.js'

/** How much of a document is read, in bytes. */
const maxBytes = 1_048_576

/**
 * Fetches one document of a key server, as bytes. Whatever answers there is not trusted with our time, memory or
 * whereabouts: redirects are refused (ASVS 15.3.2), and so are compressed bodies, of which nobody knows how large they
 * are; no more than 1 MiB is read.
 *
 * @param signal ends it, reading included
 * @throws {KeyServerFault}
 */
export async function fetchDocument(url: URL, signal: AbortSignal): Promise<Uint8Array> {
  const response = await ask(url, signal)
  const fault = faultOf(response)
  if (fault) {
    // Without waiting: it ends the connection, and what a server does then is nobody's concern.
    void response.body?.cancel().catch(() => undefined)
    throw fault
  }
  return read(response, signal)
}

async function ask(url: URL, signal: AbortSignal): Promise<Response> {
  const headers = { Accept: 'application/jwk-set+json, application/json', 'Accept-Encoding': 'identity' }
  try {
    return await fetch(url, { headers, signal, redirect: 'manual' })
  } catch (cause) {
    throw interrupted(signal, cause)
  }
}

function faultOf({ status, headers, body }: Response): KeyServerFault | undefined {
  if (status >= 300 && status < 400)
    return new KeyServerFault('redirect', `it answered with a redirect (${status}), which is not followed`)
  if (status !== 200) return new KeyServerFault('status', `it answered with the status ${status}`)
  if (!body) return new KeyServerFault('unreadable', 'its answer is empty')
  const encoding = headers.get('content-encoding')?.trim().toLowerCase() ?? 'identity'
  if (encoding !== 'identity' && encoding !== '')
    return new KeyServerFault('encoded', 'it compressed its answer although it was asked not to')
  return Number(headers.get('content-length')) > maxBytes ? tooLarge() : undefined
}

async function read({ body }: Response, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    // Leaving the loop, by whatever way, ends the connection.
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      length += chunk.byteLength
      if (length > maxBytes) throw tooLarge()
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof KeyServerFault ? cause : interrupted(signal, cause)
  }
  return Buffer.concat(chunks)
}

function tooLarge(): KeyServerFault {
  return new KeyServerFault('too_large', `its answer is longer than ${maxBytes} bytes`)
}

function interrupted(signal: AbortSignal, cause: unknown): KeyServerFault {
  return signal.aborted
    ? new KeyServerFault('late', 'it did not answer in time', { cause })
    : new KeyServerFault('unreachable', 'it cannot be reached', { cause })
}
