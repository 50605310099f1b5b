/** What a kept view may lead to: a page of the console with its parameters, one level deep. Anything else is not followed, whoever wrote it. */
const form = /^[a-z]{1,20}(\?[A-Za-z0-9\-._~%!$&'()*+,;=:@/?]*)?$/

export const isOfConsole = (address: string): boolean => form.test(address)

/** What belongs to the moment, and not to the view: where a walk over pages is. */
const passing = ['cursor']

/** The address of what is shown, as it is kept. */
export function viewOf(page: string, params: URLSearchParams): string {
  const kept = new URLSearchParams(params)
  for (const name of passing) kept.delete(name)
  const query = kept.toString()
  return query ? `${page}?${query}` : page
}
