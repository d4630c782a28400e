// Files of a drop, those of dropped folders among them. Folders in folders are opened only where they are wanted: a model's files lie side by side.

/** A folder with more than this is none of a model's, and more than a page's pipeline is for. */
const MAX_ENTRIES = 20_000;

export interface DroppedFiles {
  readonly files: readonly File[];
  /** Of each file: its name behind the folders that it was dropped in. */
  readonly paths: readonly string[];
  /** The folder's name where one was dropped. */
  readonly folder: string | null;
}

/**
 * To be called while the event is handled: afterwards the browser hands out nothing.
 * @param deep also the folders in folders
 */
export function droppedFiles(transfer: DataTransfer, deep: boolean): Promise<DroppedFiles> {
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const plain = [...transfer.files];
  const folders = entries.filter((entry) => entry instanceof FileSystemDirectoryEntry);
  if (folders.length === 0)
    return Promise.resolve({ files: plain, paths: plain.map(({ name }) => name), folder: null });
  return readFolders(entries, folders[0].name, deep);
}

async function readFolders(entries: readonly FileSystemEntry[], folder: string, deep: boolean): Promise<DroppedFiles> {
  const found: { readonly file: File; readonly path: string }[] = [];
  const open = entries.map((entry) => ({ entry, depth: 0 }));
  for (let next = open.shift(); next !== undefined && found.length < MAX_ENTRIES; next = open.shift()) {
    const { entry, depth } = next;
    if (entry instanceof FileSystemFileEntry)
      found.push({ file: await fileOf(entry), path: entry.fullPath.replace(/^\//, '') });
    else if (entry instanceof FileSystemDirectoryEntry && (deep || depth === 0))
      open.push(...(await children(entry)).map((child) => ({ entry: child, depth: depth + 1 })));
  }
  return { files: found.map(({ file }) => file), paths: found.map(({ path }) => path), folder };
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
