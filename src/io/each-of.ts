// The same work for many, a few at once.

/** Enough to keep the processors of most machines at work, few enough to leave the user some. */
const AT_ONCE = 4;

/** The results in the order of the items. After a failure nothing new is begun. */
export async function eachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const left = items.entries();
  let failed = false;
  const worker = async () => {
    for (const [at, item] of left) {
      if (failed) return;
      try {
        results[at] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
