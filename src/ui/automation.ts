// The bridge that lets the command line drive the page: under `?automation` it puts an AutomationApi on globalThis.
// It fetches inputs, calls the controller and posts outputs; it holds no run state and reaches no worker itself.

import { checkRunConfig, shown } from '../core/configCheck';
import { type FieldIssue, LabError, type LabErrorData, toLabErrorData } from '../core/errors';
import { inspectionRows } from '../core/inspectionRows';
import { checkPipelineConfig } from '../core/pipelineCheck';
import { findPreset, presets } from '../core/presets';
import type { NamedFile } from '../core/records';
import type { RunConfig } from '../core/runConfig';
import { meshSize } from '../parallel/mesh';
import {
  type AutomationApi,
  type AutomationCommand,
  type AutomationController,
  type AutomationEvent,
  type AutomationReply,
  type AutomationResult,
  automationVersion,
  type ConfigOverrides,
  type ConfigSource,
  type InputFile,
} from './automationApi';
import { type StartingConfig, withStart } from './startingConfig';
import { otherModelField } from './stores/setupStore';

declare global {
  var shardlab: AutomationApi | undefined;
  var shardlabEvent: ((event: AutomationEvent) => Promise<void>) | undefined;
}

/** True when the page was opened by the command line. */
export function isAutomated(search: string): boolean {
  return new URLSearchParams(search).has('automation');
}

/** Call once, when the controller can take calls. */
export function installAutomation(controller: AutomationController): void {
  globalThis.shardlab = {
    version: automationVersion,
    run: (command, chosen = []) => runCommand(controller, command, chosen),
  };
}

/** A request that was wrong before anything ran. */
class Refusal extends Error {
  constructor(
    message: string,
    readonly issues: readonly FieldIssue[] = [],
  ) {
    super(message);
  }
}

async function runCommand(
  controller: AutomationController,
  command: AutomationCommand,
  chosen: readonly File[],
): Promise<AutomationReply> {
  const events = orderedEvents();
  try {
    const result = await dispatch(controller, command, chosen, events.send);
    return { outcome: 'done', result };
  } catch (thrown) {
    if (thrown instanceof Refusal) return { outcome: 'refused', message: thrown.message, issues: thrown.issues };
    return { outcome: 'failed', error: toLabErrorData(thrown) };
  } finally {
    // The reply must not overtake the last events.
    await events.settled();
  }
}

async function dispatch(
  controller: AutomationController,
  command: AutomationCommand,
  chosen: readonly File[],
  send: (event: AutomationEvent) => void,
): Promise<AutomationResult> {
  switch (command.command) {
    case 'adapter':
      return { command: 'adapter', adapter: await controller.adapter() };
    case 'verify': {
      const rows = await controller.verify(command.options, (row) => send({ type: 'check', row }));
      return { command: 'verify', adapter: await controller.adapter(), rows };
    }
    case 'conformance': {
      const files = await fetchFiles(command.inputs);
      const rows = await controller.conformance(files, command.options, (row) => send({ type: 'check', row }));
      return { command: 'conformance', adapter: await controller.adapter(), rows };
    }
    case 'train':
      return train(controller, command, send);
    case 'predict': {
      const config = resolveConfig(command.source, command.overrides, (notice) =>
        send({ type: 'rank', event: { type: 'notice', notice } }),
      );
      const outcome = await controller.predict(config, (event) => send({ type: 'rank', event }));
      return { command: 'predict', ...outcome };
    }
    case 'generate': {
      const files = await fetchFiles(command.inputs);
      const draft = command.draft === undefined ? {} : { draft: await fetchFiles(command.draft) };
      const written = await controller.generate(files, command.request, { ...command.options, ...draft }, (text) =>
        send({ type: 'text', text }),
      );
      return { command: 'generate', adapter: await controller.adapter(), ...written };
    }
    case 'inspect': {
      const inspection = await controller.inspect(await fetchFiles(command.inputs), command.request);
      for (const row of inspectionRows(inspection)) send({ type: 'inspection', row });
      const { layers, heads, width, leftOut, dropped, milliseconds, lens, ids } = inspection;
      const facts = { layers, heads, width, leftOut, dropped, milliseconds, tokens: ids.length };
      const asked = lens?.asked ?? null;
      return { command: 'inspect', adapter: await controller.adapter(), inspection: { ...facts, asked } };
    }
    case 'read': {
      const result = await controller.read(await fetchFiles(command.inputs), command.request);
      return { command: 'read', adapter: await controller.adapter(), result };
    }
    case 'quantize': {
      const inputs = await fetchFiles(command.inputs);
      const text = command.text === undefined ? undefined : await fetchFile(command.text);
      const { rows, files } = await controller.compress(inputs, text, command.options, (row) =>
        send({ type: 'compression', row }),
      );
      if (command.outputUrl !== null) for (const file of files) await postFile(command.outputUrl, file);
      const sizes = files.map(({ name, bytes }) => ({ name, size: bytes.byteLength }));
      return { command: 'quantize', adapter: await controller.adapter(), rows, files: sizes };
    }
    case 'distill':
      return distill(controller, command, send);
    case 'bench': {
      const rows = await controller.bench(command.name, command.options, (row) => send({ type: 'bench', row }));
      return { command: 'bench', adapter: await controller.adapter(), rows };
    }
    case 'scene': {
      const { scene, size } = command;
      const result = await controller.scene(scene, size, (event) => send({ type: 'scene', event }));
      return { command: 'scene', result };
    }
    case 'data':
      return prepareData(controller, command, chosen, send);
  }
}

async function prepareData(
  controller: AutomationController,
  {
    inputs,
    config: written,
    workers,
    tokenizer,
    heldBytes,
    outputUrl,
  }: Extract<AutomationCommand, { command: 'data' }>,
  chosen: readonly File[],
  send: (event: AutomationEvent) => void,
): Promise<AutomationResult> {
  const { config, issues } = checkPipelineConfig(written);
  if (issues.length > 0) throw new Refusal('the configuration was refused', issues);
  if (config.tokenize.tokenizer === 'json' && tokenizer === undefined) {
    throw new Refusal("tokenize.tokenizer is 'json', and none was given: name a file with --tokenizer FILE");
  }
  const json = tokenizer === undefined ? undefined : new TextDecoder().decode((await fetchFile(tokenizer)).bytes);
  const summary = await controller.data(
    {
      files: inputs.map((input) =>
        'task' in input
          ? { name: input.name, size: 0, content: { task: input.task } }
          : { name: input.name, size: chosen[input.chosen].size, content: { blob: chosen[input.chosen] } },
      ),
      config,
      workers,
      target: { url: outputUrl },
      ...(json === undefined ? {} : { tokenizerJson: json }),
      ...(heldBytes === undefined ? {} : { heldBytes }),
    },
    (progress) => send({ type: 'pipeline', progress }),
  );
  return { command: 'data', summary };
}

async function train(
  controller: AutomationController,
  command: Extract<AutomationCommand, { command: 'train' }>,
  send: (event: AutomationEvent) => void,
): Promise<AutomationResult> {
  const { from } = command;
  const start = from && (await controller.open(from.name, await fetchFiles(from.inputs)));
  const config = resolveConfig(
    command.source,
    command.overrides,
    (notice) => send({ type: 'rank', event: { type: 'notice', notice } }),
    start,
  );
  const other = start && otherModelField(config, start);
  if (other)
    throw new Refusal(
      `model.${other.name} is ${shown(other.value)}, and ${shown(other.loaded)} in ${start.name}: leave it out to begin with that folder`,
    );
  if (command.exported.form === 'shards' && (meshSize(config.parallel) === 1 || config.lora.r > 0))
    throw new Refusal(
      '--shards writes what each rank of a mesh holds of a model that is trained whole: give --mesh, and no --lora',
    );
  const content = command.text === undefined ? undefined : await fetchFile(command.text);
  const { corpus } = config.data;
  if ((corpus === 'text' || corpus === 'records') && content === undefined) {
    throw new Refusal(`data.corpus is '${corpus}', and no text was given: name a file with --text FILE`);
  }
  const tokenizer = command.tokenizer === undefined ? undefined : await fetchFile(command.tokenizer);
  const tokenizerJson =
    tokenizer === undefined ? (start?.tokenizerJson ?? undefined) : new TextDecoder().decode(tokenizer.bytes);
  if (config.data.tokenizer === 'json' && tokenizerJson === undefined) {
    throw new Refusal("data.tokenizer is 'json', and none was given: name a file with --tokenizer FILE");
  }
  const { files, adapter, facts, state, evaluation } = await controller.train(
    {
      config,
      exported: command.outputUrl === null ? null : command.exported,
      ...(content === undefined ? {} : { content }),
      ...(start ? { start } : {}),
      ...(tokenizerJson === undefined ? {} : { tokenizerJson }),
    },
    (event) => send({ type: 'rank', event }),
  );
  if (command.outputUrl !== null) {
    for (const file of files) await postFile(command.outputUrl, file);
  }
  return {
    command: 'train',
    adapter,
    facts,
    state,
    evaluation,
    files: files.map(({ name, bytes }) => ({ name, size: bytes.byteLength })),
  };
}

async function distill(
  controller: AutomationController,
  command: Extract<AutomationCommand, { command: 'distill' }>,
  send: (event: AutomationEvent) => void,
): Promise<AutomationResult> {
  const config = resolveConfig(command.source, command.overrides, (notice) =>
    send({ type: 'rank', event: { type: 'notice', notice } }),
  );
  if (meshSize(config.parallel) > 1 || config.lora.r > 0)
    throw new Refusal('a student is trained whole on one worker: no mesh, and no lora');
  const text = command.text === undefined ? undefined : await fetchFile(command.text);
  if ((config.data.corpus === 'text') !== (text !== undefined))
    throw new Refusal("--text FILE and data.corpus 'text' go together");
  const { rows, files } = await controller.distill(
    await fetchFiles(command.inputs),
    config,
    text,
    command.options,
    (row) => send({ type: 'compression', row }),
    (progress) => send({ type: 'distillation', progress }),
  );
  if (command.outputUrl !== null) for (const file of files) await postFile(command.outputUrl, file);
  const sizes = files.map(({ name, bytes }) => ({ name, size: bytes.byteLength }));
  return { command: 'distill', adapter: await controller.adapter(), rows, files: sizes };
}

/**
 * The configuration to run. What the person wrote is taken as it is or refused; a field that was not written gives way
 * to one that was, and the change is told of.
 */
function resolveConfig(
  source: ConfigSource,
  overrides: ConfigOverrides,
  onNotice: (notice: LabErrorData) => void,
  start?: StartingConfig,
): RunConfig {
  const base = 'preset' in source ? presetConfig(source.preset) : undefined;
  const own = withOverrides('preset' in source ? {} : source.value, overrides);
  const written = start === undefined ? own : withStart(own, start);
  const { config, issues } = checkRunConfig(written, base);
  const refused = issues.filter(({ path }) => path === '' || hasField(written, path));
  if (refused.length > 0) throw new Refusal('the configuration was refused', refused);
  for (const { path, got, expected } of issues) {
    onNotice({ code: 'config.invalid', message: `${path} is not ${got} in this run`, why: `it takes ${expected}` });
  }
  return config;
}

function presetConfig(id: string): RunConfig {
  const preset = findPreset(id);
  if (preset !== undefined) return preset.config;
  const known = presets.map((candidate) => candidate.id).join(', ');
  throw new Refusal(`there is no file and no preset named '${id}'; presets: default, ${known}`);
}

/** Whether a value holds the field of a path such as `train.steps`, or its section is not an object at all. */
function hasField(value: unknown, path: string): boolean {
  const [section = '', ...rest] = path.split('.');
  if (!isRecord(value) || !(section in value)) return !isRecord(value);
  const fields = value[section];
  return rest.length === 0 || !isRecord(fields) || rest.join('.') in fields || rest.join('.').endsWith('...');
}

/** Anything that is not an object is left as it is, for the schema to refuse. */
function withOverrides(value: unknown, overrides: ConfigOverrides): unknown {
  if (!isRecord(value)) return value;
  let whole = value;
  for (const [section, fields] of Object.entries(overrides)) {
    const written = whole[section] ?? {};
    if (Object.keys(fields).length > 0 && isRecord(written)) whole = { ...whole, [section]: { ...written, ...fields } };
  }
  return whole;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fetchFiles(inputs: readonly InputFile[]): Promise<readonly NamedFile[]> {
  return Promise.all(inputs.map(fetchFile));
}

async function fetchFile({ name, url }: InputFile): Promise<NamedFile> {
  const response = await fetch(url);
  if (!response.ok) {
    throw new LabError({ code: 'storage', message: `${name} could not be read`, why: `HTTP ${response.status}` });
  }
  return { name, bytes: new Uint8Array(await response.arrayBuffer()) };
}

async function postFile(outputUrl: string, { name, bytes }: NamedFile): Promise<void> {
  // A copy: a view over shared memory is not a request body.
  const response = await fetch(outputUrl + encodeURIComponent(name), { method: 'POST', body: new Uint8Array(bytes) });
  if (!response.ok) {
    const why = await response.text();
    throw new LabError({ code: 'storage', message: `${name} could not be written`, why });
  }
}

/** Sends events one after another, so that they arrive in order. */
function orderedEvents(): { send(event: AutomationEvent): void; settled(): Promise<void> } {
  let last: Promise<void> = Promise.resolve();
  return {
    send(event) {
      last = last.then(() => globalThis.shardlabEvent?.(event));
    },
    settled: () => last,
  };
}
