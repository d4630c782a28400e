// Reads an ONNX file back, for the tests: field by field after a list of its own, so that what the writer writes is held to
// the format and not to the writer. Whatever it does not know, or knows otherwise, is an error.
// Source: onnx/onnx.proto of the ONNX project; protobuf.dev/programming-guides/encoding.

const wireTypes = { int: 0, float: 5, text: 2, bytes: 2, ints: 2 };

/** Message: field number to [name, kind, 'many' where it is repeated]. A kind with a capital is a message. */
const schema = {
  Model: { 1: ['irVersion', 'int'], 2: ['producer', 'text'], 7: ['graph', 'Graph'], 8: ['opsets', 'Opset', 'many'] },
  Opset: { 1: ['domain', 'text'], 2: ['version', 'int'] },
  Graph: {
    1: ['nodes', 'Node', 'many'],
    2: ['name', 'text'],
    5: ['initializers', 'Tensor', 'many'],
    11: ['inputs', 'Value', 'many'],
    12: ['outputs', 'Value', 'many'],
  },
  Node: {
    1: ['inputs', 'text', 'many'],
    2: ['outputs', 'text', 'many'],
    3: ['name', 'text'],
    4: ['op', 'text'],
    5: ['attributes', 'Attribute', 'many'],
    7: ['domain', 'text'],
  },
  Attribute: {
    1: ['name', 'text'],
    2: ['float', 'float'],
    3: ['int', 'int'],
    8: ['ints', 'ints'],
    20: ['type', 'int'],
  },
  Tensor: {
    1: ['dims', 'ints'],
    2: ['type', 'int'],
    8: ['name', 'text'],
    9: ['raw', 'bytes'],
    13: ['external', 'Entry', 'many'],
    14: ['location', 'int'],
  },
  Entry: { 1: ['key', 'text'], 2: ['value', 'text'] },
  Value: { 1: ['name', 'text'], 2: ['type', 'Type'] },
  Type: { 1: ['tensor', 'TensorType'] },
  TensorType: { 1: ['element', 'int'], 2: ['shape', 'Shape'] },
  Shape: { 1: ['dims', 'Dim', 'many'] },
  Dim: { 1: ['size', 'int'], 2: ['symbol', 'text'] },
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** @param {Uint8Array} bytes */
function cursor(bytes) {
  let at = 0;
  const take = (count) => {
    if (at + count > bytes.length) throw new Error(`${count} bytes wanted at ${at}, of ${bytes.length}`);
    at += count;
    return bytes.subarray(at - count, at);
  };
  /** A signed 64-bit number; more digits than it needs are an error. */
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const [digit] = take(1);
      value |= BigInt(digit & 0x7f) << shift;
      if (digit >= 0x80) {
        if (shift >= 63n) throw new Error(`a varint of more than 10 bytes before ${at}`);
        continue;
      }
      if (digit === 0 && shift > 0n) throw new Error(`a varint with needless digits before ${at}`);
      const signed = Number(BigInt.asIntN(64, value));
      if (!Number.isSafeInteger(signed)) throw new Error(`a varint beyond 2^53 before ${at}`);
      return signed;
    }
  };
  return {
    take,
    varint,
    get done() {
      return at === bytes.length;
    },
  };
}

function readValue(kind, input) {
  if (kind === 'int') return input.varint();
  if (kind === 'float') {
    const bytes = input.take(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }
  const bytes = input.take(input.varint());
  if (kind === 'bytes') return bytes;
  if (kind === 'text') return utf8.decode(bytes);
  if (kind === 'ints') {
    const inner = cursor(bytes);
    const values = [];
    while (!inner.done) values.push(inner.varint());
    return values;
  }
  return readMessage(kind, bytes);
}

/** @returns a plain object; fields that may come many times are arrays, others that did not come are undefined. */
function readMessage(name, bytes) {
  const fields = schema[name];
  const message = {};
  for (const [field, , many] of Object.values(fields)) if (many) message[field] = [];
  const input = cursor(bytes);
  while (!input.done) {
    const tag = input.varint();
    const known = fields[tag >>> 3];
    if (!known) throw new Error(`${name} has no field ${tag >>> 3}`);
    const [field, kind, many] = known;
    const wireType = wireTypes[kind] ?? 2;
    if ((tag & 7) !== wireType) throw new Error(`${name}.${field} has wire type ${tag & 7}, not ${wireType}`);
    if (!many && field in message) throw new Error(`${name}.${field} came twice`);
    const value = readValue(kind, input);
    if (many) message[field].push(value);
    else message[field] = value;
  }
  return message;
}

/** @param {Uint8Array} bytes of a ModelProto */
export const readModel = (bytes) => readMessage('Model', bytes);
