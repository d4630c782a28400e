// The bytes of a pipeline's file in a worker: of a Blob, the lab's own, or generated.

import { LabError } from '../core/errors';
import { type ByteSource, blobSource } from '../data/pipeline/source/byteSource';
import { primerText } from '../data/primer';
import { taskText } from '../data/tasks/taskText';
import type { PipelineFile } from './protocol';

export function fileSource(file: PipelineFile): ByteSource {
  const source = contentSource(file);
  return file.filteredOnly === undefined ? source : { ...source, filteredOnly: file.filteredOnly };
}

function contentSource({ name, size, content }: PipelineFile): ByteSource {
  if ('blob' in content) return readable(blobSource(name, content.blob));
  if ('absent' in content) return absentSource(name, size);
  if ('corpus' in content) return blobSource(name, new Blob([primerText()]));
  const { task, seed, examples } = content.task;
  return blobSource(name, new Blob([taskText(task, seed, examples)]));
}

function absentSource(name: string, size: number): ByteSource {
  const read = async (): Promise<never> => {
    throw new LabError({
      code: 'data.invalid',
      message: `${name} is no longer open.`,
      why: 'The page was loaded again since; a page may not open files by itself.',
      advice: 'Add the same file again to read it.',
    });
  };
  return { name, size, read };
}

/** A file of the disk may go, or change, after it was chosen. */
function readable(source: ByteSource): ByteSource {
  return {
    ...source,
    async read(start, end) {
      try {
        return await source.read(start, end);
      } catch (cause) {
        throw unreadable(source.name, cause instanceof Error ? cause.message : String(cause), cause);
      }
    },
  };
}

function unreadable(name: string, why: string, cause?: unknown): LabError {
  return new LabError(
    {
      code: 'data.invalid',
      message: `${name} could not be read.`,
      why,
      advice: 'Is it still there and unchanged? Choose it again.',
    },
    { cause },
  );
}
