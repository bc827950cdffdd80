/** What is on all pages of a list, in their order or the other way round. */
export async function all<T>(pages: AsyncIterable<T>, reversed = false): Promise<T[]> {
  const found: T[] = [];
  for await (const one of pages) found.push(one);
  return reversed ? found.reverse() : found;
}
