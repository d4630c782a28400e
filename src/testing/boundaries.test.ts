// Two boundaries that an import table cannot see: kernels never meet a MessagePort, plans never meet a GPUBuffer.
// Reads source text only. It fails where it found nothing to read. The import table itself is .dependency-cruiser.cjs.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const rules = [
  { folder: 'src/gpu', word: /\bMessage(Port|Channel)\b/ },
  { folder: 'src/parallel', word: /\bGPU[A-Z]\w*/ },
  { folder: 'src/core', word: /\b(GPU[A-Z]\w*|MessagePort|React)\b/ },
];

for (const { folder, word } of rules) {
  test(`${folder} does not mention ${word.source}`, () => {
    const files = sourceFiles(folder);
    expect(files.length).toBeGreaterThan(0);
    const offences = files.flatMap((file) =>
      withoutComments(readFileSync(file, 'utf8'))
        .split('\n')
        .flatMap((line, index) => (word.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(offences).toEqual([]);
  });
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name))
    .map((name) => join(folder, name));
}

/** Comments may say what a file must not know; line numbers stay. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/\/\/.*$/gm, '');
}
