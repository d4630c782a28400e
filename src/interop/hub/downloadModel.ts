// Downloads a model from a Hub: what it needs of the listed files, one after the other, and all of them or none. It opens no file.

import { asLabError, LabError } from '../../core/errors';
import type { DownloadProgress, NamedFile } from '../../core/records';
import { downloadFile, type FileSource } from './downloadFile';
import { listFiles, modelFilesOf } from './hubListing';

/** @throws LabError `hub.*`, `model.unsupported`, `storage`, and `run.cancelled` when the connection's signal is aborted */
export async function downloadModel(
  source: FileSource,
  onProgress: (progress: DownloadProgress) => void,
): Promise<readonly NamedFile[]> {
  const { connection, base, repository } = source;
  try {
    const files = modelFilesOf(await listFiles(connection, base, repository), repository.id);
    const totalBytes = files.reduce((sum, { size }) => sum + size, 0);
    const result: NamedFile[] = [];
    let before = 0;
    for (const [index, file] of files.entries()) {
      const bytes = await downloadFile(source, file, (done) =>
        onProgress({ file: file.name, bytes: before + done, totalBytes, index: index + 1, count: files.length }),
      );
      result.push({ name: file.name, bytes });
      before += file.size;
    }
    return result;
  } catch (thrown) {
    if (!connection.signal.aborted) throw asLabError(thrown);
    throw new LabError({
      code: 'run.cancelled',
      message: 'The download was stopped.',
      advice: 'What is there of its large files is kept: it goes on from there the next time.',
    });
  }
}
