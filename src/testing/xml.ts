// Reads XML as strictly as a test needs: every element closed in order, every attribute quoted and once, every entity known.

export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

/** @returns its elements in document order. @throws where the text is not well formed */
export function readXml(text: string): XmlElement[] {
  const elements: XmlElement[] = [];
  const open: string[] = [];
  const token = /<\?xml [^?]*\?>|<\/([\w:-]+)>|<([\w:-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const found = token.exec(text);
    const shown = JSON.stringify(text.slice(at, at + 40));
    if (found === null) throw new Error(`not XML at ${at}: ${shown}`);
    const [whole, closes, opens, attributes = '', alone, between] = found;
    if (/&(?!(amp|lt|gt|quot|apos|#\d+);)/.test(whole)) throw new Error(`unknown entity at ${at}: ${shown}`);
    if (closes !== undefined && open.pop() !== closes) throw new Error(`</${closes}> closes nothing at ${at}`);
    if (between !== undefined && between.trim() !== '' && open.length === 0)
      throw new Error(`text outside at ${at}: ${shown}`);
    if (opens !== undefined) {
      if (open.length === 0 && elements.length > 0) throw new Error(`a second root at ${at}: ${shown}`);
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value] as const,
      );
      const map = new Map(pairs);
      if (map.size < pairs.length) throw new Error(`an attribute twice at ${at}: ${shown}`);
      elements.push({ name: opens, attributes: map });
      if (alone === '') open.push(opens);
    }
    at += whole.length;
  }
  if (open.length > 0) throw new Error(`not closed: ${open.join(', ')}`);
  return elements;
}
