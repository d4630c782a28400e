// For what can wait until the page has nothing else to do.

export function whenIdle(work: () => void): void {
  // Not every browser has it.
  const later = 'requestIdleCallback' in globalThis ? requestIdleCallback : setTimeout;
  later(() => work());
}
