// Recognises files that people drop in place of safetensors, by their first bytes. Pure; it never parses any of them.

export interface ForeignFile {
  readonly kind: string;
  /** Why it is not read, and what to do. */
  readonly advice: string;
}

const CONVERT = "Save the model with transformers' save_pretrained(..., safe_serialization=True) and open that folder.";

/**
 * The kind of a file that is not safetensors, or null when the first bytes name nothing known.
 * @param bytes the whole file, or at least its first 64 bytes
 */
export function foreignFile(bytes: Uint8Array): ForeignFile | null {
  const text = String.fromCharCode(...bytes.subarray(0, 64));
  if (text.startsWith('PK\u0003\u0004') || text.startsWith('PK\u0005\u0006')) {
    return {
      kind: 'a zip archive (a PyTorch .bin or .pt file is one)',
      advice: `Such a file can run code when it is loaded, so it is never opened. ${CONVERT}`,
    };
  }
  if (bytes.length >= 2 && bytes[0] === 0x80 && bytes[1] >= 2 && bytes[1] <= 5 && !(text[8] === '{')) {
    return {
      kind: 'a Python pickle',
      advice: `A pickle can run code when it is loaded, so it is never opened. ${CONVERT}`,
    };
  }
  if (text.startsWith('GGUF') || text.startsWith('ggml') || text.startsWith('lmgg')) {
    return { kind: 'a GGUF/GGML file of llama.cpp', advice: 'Take the original Hugging Face folder of that model.' };
  }
  if (text.startsWith('\u0089HDF')) return { kind: 'an HDF5 file (Keras)', advice: CONVERT };
  if (text.startsWith('\u001f\u008b')) return { kind: 'a gzip archive', advice: 'Unpack it first.' };
  if (text.startsWith('version https://git-lfs')) {
    return { kind: 'a Git LFS pointer, not the weights', advice: 'Fetch the real file with `git lfs pull`.' };
  }
  if (/^\s*<(!doctype|html)/i.test(text)) {
    return {
      kind: 'a web page, not the weights',
      advice: 'The download went to a login or error page: download it again.',
    };
  }
  return null;
}
