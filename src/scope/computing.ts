/** What can be computed of the values of a column. */
export const computing: readonly string[] = ['_count', '_min', '_max', '_avg', '_sum']
