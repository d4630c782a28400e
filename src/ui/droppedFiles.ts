// Files of a drop, those of dropped folders among them. Folders in folders are left out: a model's files lie side by side.

/** A folder with more than this is none of a model's. */
const MAX_ENTRIES = 2_000;

export interface DroppedFiles {
  readonly files: readonly File[];
  /** The folder's name where one was dropped. */
  readonly folder: string | null;
}

/** To be called while the event is handled: afterwards the browser hands out nothing. */
export function droppedFiles(transfer: DataTransfer): Promise<DroppedFiles> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const plain = [...transfer.files];
  const folders = entries.filter((entry) => entry instanceof FileSystemDirectoryEntry);
  if (folders.length === 0) return Promise.resolve({ files: plain, folder: null });
  return readFolders(entries, folders[0].name);
}

async function readFolders(entries: readonly FileSystemEntry[], folder: string): Promise<DroppedFiles> {
  const files: File[] = [];
  for (const entry of entries) {
    const own = entry instanceof FileSystemDirectoryEntry ? await children(entry) : [entry];
    for (const child of own) if (child instanceof FileSystemFileEntry) files.push(await fileOf(child));
  }
  return { files, folder };
}

/** The browser gives a folder's entries a hundred at a time. */
async function children(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  while (all.length < MAX_ENTRIES) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    all.push(...some);
  }
  return all;
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}
