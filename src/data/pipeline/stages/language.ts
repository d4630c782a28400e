// Stage `language`: guesses a document's language from its script and its most common words, and may keep some languages only. Pure.
// A guess for sorting a corpus, not a classifier: languages of the Latin script that are not listed come out as `und`.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { ALONE, COMPOSABLE } from '../characterClasses';
import { TextSurvey, type Words } from '../textSurvey';
import type { DocumentStage, StageContext } from './stage';

/** Enough of a document to judge by. */
const SAMPLE_CHARACTERS = 1_000;
const SAMPLE_WORDS = 200;
/** Share of words that are a language's common ones, from which it is taken; running text has 0.3 to 0.5. */
const MIN_SHARE = 0.08;

/** The most frequent words of each language that few others have. */
const commonWords: Readonly<Record<string, string>> = {
  en: 'the of and to in that is was for it with as his on be at by this had not are but from or have an they which you were her all their we our',
  de: 'der die und das den nicht mit sich ist dem des ein eine auf auch als es war für von zu im wird werden oder bei sind einer einen nach durch wie nur aber',
  fr: 'le les et des du une est dans que qui pour pas sur par au plus avec ce il sont ne se cette elle ses mais nous vous ont aux été être comme leur',
  es: 'el los las y del que es por con una para se no su al lo como más pero sus le este sí porque esta entre cuando muy sin sobre también hasta hay donde',
  it: 'il di che gli per della non sono una con del si da dei nel alla come più anche le ma questo delle ha dal suo ed era essere ancora perché molto',
  pt: 'os do da em um para não uma com no na por mais dos como mas foi ao ele das tem seu sua ou ser quando muito nos já está eu também pelo pela',
  nl: 'het een van en dat niet te zijn op aan voor met als er maar om hij ook bij dan nog wel naar heeft worden deze werd geen wordt zij over uit',
  sv: 'och att det som en på är av för med till den inte om ett har de jag var men sig från så kan när man hade nu där efter vid skulle',
  pl: 'nie się na jest do że jak to ale za co po przez tak dla od już być czy tego był może tylko ich jego oraz przed które który',
  tr: 've bir bu için ile de da ne olarak daha çok olan gibi sonra kadar ama var değil en ise ben oldu onun diye her şey',
  vi: 'và của là có không được cho một trong người các những với này đã khi để từ về đến như ra tôi năm nhưng vào cũng',
  id: 'yang dan di ini itu dengan untuk tidak dari dalam akan pada juga ke karena ada mereka oleh sudah saya telah atau bisa adalah seperti kami',
};

const languages = Object.keys(commonWords);
/** Counts of four languages share a word, a byte each: SAMPLE_WORDS is less than 256. */
const PACKED = Math.ceil(languages.length / 4);
/** By the upper bits of a word's hash, multiplied so that no two common words meet: the place of its entry, 0 for none. */
const SLOT_BITS = 14;
const slots = new Uint16Array(1 << SLOT_BITS);
const { multiplier, entryHash, entryCounts } = commonWordTable();

/** [entries] the hash of each common word; [entries, PACKED] 1 for each language that it is common in. Entry 0 is that of no word. */
function commonWordTable() {
  const words = new TextSurvey();
  const languagesOf = new Map<number, number[]>();
  for (const [language, list] of Object.values(commonWords).entries()) {
    for (const word of list.split(' ')) {
      const [hash] = words.of(word).hashes;
      languagesOf.set(hash, [...(languagesOf.get(hash) ?? []), language]);
    }
  }
  const entryHash = new Int32Array(1 + languagesOf.size);
  const entryCounts = new Int32Array(PACKED * entryHash.length);
  for (const [i, [hash, common]] of [...languagesOf].entries()) {
    entryHash[1 + i] = hash;
    for (const language of common) entryCounts[PACKED * (1 + i) + (language >> 2)] |= 1 << (8 * (language & 3));
  }
  let multiplier = 1;
  while (!fillSlots(entryHash, multiplier)) multiplier += 2;
  return { multiplier, entryHash, entryCounts };
}

/** @returns whether every hash has a slot of its own */
function fillSlots(entryHash: Int32Array, multiplier: number): boolean {
  slots.fill(0);
  for (let entry = 1; entry < entryHash.length; entry++) {
    const slot = Math.imul(entryHash[entry], multiplier) >>> (32 - SLOT_BITS);
    if (slots[slot] !== 0) return false;
    slots[slot] = entry;
  }
  return true;
}

/** A code of ISO 639-1, or `und`. Source code is called `code`. */
export function guessLanguage(text: string, context: Pick<StageContext, 'format' | 'survey'>): string {
  if (context.format === 'code') return 'code';
  const seen = context.survey(text);
  // A text whose characters are all Latin has no script to count.
  return ((seen.facts & (COMPOSABLE | ALONE)) === 0 ? null : byScript(text)) ?? byWords(seen);
}

export function language(options: PipelineConfig['language']): DocumentStage {
  const keep = options.keep.length === 0 ? null : new Set(options.keep);
  return (text, context) => {
    const guess = guessLanguage(text, context);
    context.count(guess);
    return keep === null || keep.has(guess) ? text : { dropped: guess };
  };
}

/** The language of a script that has one, where most letters are of it; null for Latin and for none. */
function byScript(text: string): string | null {
  let letters = 0;
  const counts = { han: 0, kana: 0, hangul: 0, cyrillic: 0, greek: 0, arabic: 0, hebrew: 0, thai: 0, devanagari: 0 };
  const end = Math.min(text.length, SAMPLE_CHARACTERS);
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      if ((code | 32) >= 97 && (code | 32) <= 122) letters++;
      continue;
    }
    if (code < 0xc0) continue;
    letters++;
    if (code < 0x370) continue;
    if (code < 0x400) counts.greek++;
    else if (code < 0x530) counts.cyrillic++;
    else if (code < 0x590) continue;
    else if (code < 0x600) counts.hebrew++;
    else if (code < 0x780) counts.arabic++;
    else if (code < 0x900) continue;
    else if (code < 0x980) counts.devanagari++;
    else if (code >= 0xe00 && code < 0xe80) counts.thai++;
    else if (code >= 0x2000 && code < 0x3040) letters--;
    else if (code >= 0x3040 && code < 0x3100) counts.kana++;
    else if ((code >= 0x3400 && code < 0xa000) || (code >= 0xf900 && code < 0xfb00)) counts.han++;
    else if (code >= 0xac00 && code < 0xd7a4) counts.hangul++;
    // First halves of the planes with Han; second halves, and emoji, are no letters.
    else if (code >= 0xd840 && code < 0xd890) counts.han++;
    else if (code >= 0xd800) letters--;
  }
  const { han, kana, hangul, cyrillic, greek, arabic, hebrew, thai, devanagari } = counts;
  // A character of Chinese or Japanese says as much as two letters.
  const most = letters * 0.5;
  if (2 * (han + kana) > most && han + kana > 0) return kana > 0.1 * (han + kana) ? 'ja' : 'zh';
  const named: readonly (readonly [string, number])[] = [
    ['ko', 2 * hangul],
    ['ru', cyrillic],
    ['el', greek],
    ['ar', arabic],
    ['he', hebrew],
    ['th', thai],
    ['hi', devanagari],
  ];
  return named.find(([, count]) => count > most)?.[0] ?? null;
}

function byWords({ hashes, count }: Words): string {
  const looked = Math.min(count, SAMPLE_WORDS);
  let [countsA, countsB, countsC] = [0, 0, 0];
  // Which words are common is not to be foreseen: nothing here depends on it but what is added.
  for (let i = 0; i < looked; i++) {
    const hash = hashes[i] | 0;
    const entry = slots[Math.imul(hash, multiplier) >>> (32 - SLOT_BITS)];
    const differs = entryHash[entry] ^ hash;
    const same = ~((differs | -differs) >> 31);
    countsA += entryCounts[PACKED * entry] & same;
    countsB += entryCounts[PACKED * entry + 1] & same;
    countsC += entryCounts[PACKED * entry + 2] & same;
  }
  const packed = [countsA, countsB, countsC];
  let best = 0;
  let score = 0;
  for (let language = 0; language < languages.length; language++) {
    const own = (packed[language >> 2] >>> (8 * (language & 3))) & 0xff;
    if (own > score) [best, score] = [language, own];
  }
  return score > Math.max(1, MIN_SHARE * looked) ? languages[best] : 'und';
}
