/** `BlogPost` as a path segment: `blog-post`. */
export function kebab(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/gu, '$1$3-$2')
    .replaceAll('_', '-')
    .toLowerCase()
}

export function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}
