/** What callers share in tests, patient, or a busy machine would answer for the service. */
export const patient = { patience: 15_000, lateness: 60_000 }
