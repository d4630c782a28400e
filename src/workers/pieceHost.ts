// The host in a data worker: takes one piece at a time through the stages and sends what it gives, never more than two parts ahead; later it looks
// for held-out runs in what it is given. It decides nothing.

import { LabError, toLabErrorData } from '../core/errors';
import { createTokenizer } from '../data/createTokenizer';
import { HeldOutRuns } from '../data/pipeline/decontaminate';
import type { PiecePart } from '../data/pipeline/partBuilder';
import type { Assignment } from '../data/pipeline/pieceScheduler';
import { PieceProcessor } from '../data/pipeline/processPiece';
import { countRuns, nothingHeld } from '../data/pipeline/runCheck';
import type { ByteSource } from '../data/pipeline/source/byteSource';
import { isPlanned } from '../data/pipeline/source/planFiles';
import { fileSource } from './fileSource';
import type { PieceApi, PieceEvent, PieceSetup } from './pieceProtocol';

const HEARTBEAT_MS = 500;
/** Parts that may be sent before they are acknowledged: one is taken while the next is made. */
const PARTS_AHEAD = 2;

export class PieceHost {
  #port: MessagePort | null = null;
  #setup: PieceSetup | null = null;
  #processor: PieceProcessor | null = null;
  #sources: readonly ByteSource[] = [];
  #runs: HeldOutRuns | null = null;
  #ahead = 0;
  #wake: () => void = () => undefined;

  #emit(event: PieceEvent, transfer: Transferable[] = []): void {
    this.#port?.postMessage(event, transfer);
  }

  async #process({ piece, skipParts }: Assignment): Promise<void> {
    try {
      const file = this.#setup?.plan.files[piece.file];
      if (this.#processor === null || file === undefined || !isPlanned(file))
        throw new LabError({ code: 'internal', message: 'This data worker has no such file.' });
      for await (const part of this.#processor.process(this.#sources[piece.file], file, piece, skipParts)) {
        while (this.#ahead >= PARTS_AHEAD) {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
        this.#ahead++;
        this.#emit({ type: 'part', part }, buffersOf(part));
      }
    } catch (error) {
      this.#emit({ type: 'failure', error: toLabErrorData(error) });
    }
  }

  readonly api: PieceApi = {
    connect: async (port) => {
      this.#port = port;
      setInterval(() => this.#emit({ type: 'heartbeat' }), HEARTBEAT_MS);
    },
    setUp: async (setup) => {
      this.#setup = setup;
      this.#sources = setup.files.map(fileSource);
      this.#processor = new PieceProcessor(setup.config, createTokenizer(setup.tokenizer));
    },
    process: async (assignment) => void this.#process(assignment),
    acknowledge: async () => {
      this.#ahead--;
      this.#wake();
    },
    hold: async (table) => {
      this.#runs = new HeldOutRuns(table);
    },
    check: async (part) => {
      if (this.#runs === null) throw nothingHeld();
      return countRuns(this.#runs, part);
    },
  };
}

function buffersOf(part: PiecePart): ArrayBuffer[] {
  const { rowOf, characters, hashes, tokenCounts, tokens, wordCounts, words, signatures, bands } = part;
  return [rowOf, characters, hashes, tokenCounts, tokens, wordCounts, words, signatures, bands].map(
    ({ buffer }) => buffer,
  );
}
