// Where a text ends before a stop string, and how much of it none can begin in. Pure.

/** Where the earliest of `stops` begins in `text`, or -1. */
export function stopAt(text: string, stops: readonly string[]): number {
  const places = stops.map((stop) => (stop === '' ? -1 : text.indexOf(stop))).filter((place) => place >= 0);
  return places.length === 0 ? -1 : Math.min(...places);
}

/** How much of `text` no stop string can begin in: the rest may turn out to be the start of one. */
export function settledLength(text: string, stops: readonly string[]): number {
  let settled = text.length;
  for (const stop of stops) {
    for (let length = Math.min(stop.length - 1, text.length); length > 0; length--) {
      if (!text.endsWith(stop.slice(0, length))) continue;
      settled = Math.min(settled, text.length - length);
      break;
    }
  }
  return settled;
}
