// `lab generate`: a Hugging Face folder continues a prompt.

import { describeScheme } from '../../../src/core/quantization/scheme';
import type { DraftChoice, GenerateResult, NamedValue } from '../../../src/core/records';
import { adapterName, type Command } from '../command';
import { filesOf, modelFileNames } from '../inputFiles';
import { meshAxes } from '../meshOptions';
import { quantizationChoice } from '../schemeOptions';
import { UsageError } from '../usage/commandSpec';

const DRAFT_TOKENS = 4;

export const generate: Command = async (parsed) => {
  const { positional = '', texts, numbers } = parsed;
  const quantize = quantizationChoice(parsed, 'quantize');
  const files = await filesOf(positional, modelFileNames, ['config.json']);
  const mesh = meshAxes(texts.get('mesh'));
  const when = texts.get('early-stopping');
  const early = when === 'never' ? when : when === undefined ? undefined : when === 'true';
  const stop = texts.get('stop');
  const from = texts.get('draft');
  if (from === undefined && numbers.has('draft-tokens')) throw new UsageError('--draft-tokens is for --draft');
  const draftFiles =
    from === undefined || from === 'int4' ? null : await filesOf(from, modelFileNames, ['config.json']);
  const draft: DraftChoice | undefined =
    from === undefined
      ? undefined
      : { from: draftFiles === null ? 'int4' : 'folder', tokens: numbers.get('draft-tokens') ?? DRAFT_TOKENS };
  const request = {
    prompt: texts.get('prompt') ?? '',
    seed: numbers.get('seed') ?? 1,
    // What is left out is as the folder says.
    ...given('maxTokens', numbers.get('max-tokens')),
    ...given('temperature', numbers.get('temperature')),
    ...given('topK', numbers.get('top-k')),
    ...given('topP', numbers.get('top-p')),
    ...given('minP', numbers.get('min-p')),
    ...given('repetitionPenalty', numbers.get('repetition-penalty')),
    ...given('beams', numbers.get('beams')),
    ...given('lengthPenalty', numbers.get('length-penalty')),
    ...given<'earlyStopping', boolean | 'never'>('earlyStopping', early),
    ...given('stop', stop === undefined ? undefined : [stop]),
    logitBias: logitBias(texts.get('logit-bias')),
    ...given('draft', draft),
  };
  return async (lab) => {
    const inputs = files.map((file) => lab.server.addInput(file));
    const answer = await lab.run(
      {
        command: 'generate',
        inputs,
        request,
        options: { mesh, ...(quantize === null ? {} : { quantize }) },
        ...(draftFiles === null ? {} : { draft: draftFiles.map((file) => lab.server.addInput(file)) }),
      },
      (event) => {
        if (event.type === 'text') lab.reporter.event({ event: 'text', text: event.text });
      },
    );
    if (answer.command !== 'generate') throw new Error('the page answered another command');
    const { result, plain } = answer;
    const tokensPerSecond = result.milliseconds > 0 ? (1000 * result.tokens.length) / result.milliseconds : 0;
    lab.reporter.result(result.text);
    lab.reporter.note(
      `${result.tokens.length} tokens in ${result.milliseconds.toFixed(0)} ms, ${tokensPerSecond.toFixed(1)} tokens/s, ` +
        `on ${adapterName(answer.adapter)}`,
    );
    const compared = plain && comparison(result, plain);
    if (compared)
      lab.reporter.note(
        `the model took ${compared.accepted} of ${compared.drafted} drafted tokens; after the first token ` +
          `${compared.decodeTokensPerSecond.toFixed(1)} tokens/s, without the draft ${compared.plainTokensPerSecond.toFixed(1)}` +
          (compared.sameTokens ? ', the same text' : ''),
      );
    if (result.beamScore !== undefined)
      lab.reporter.note(`the best text of the beams has the score ${result.beamScore.toFixed(4)}`);
    if (result.pipeline)
      lab.reporter.note(
        `over ${result.pipeline.stages} stages, ${result.pipeline.bytesPerToken.toFixed(0)} bytes between workers a token, ` +
          `${result.pipeline.prefillBytes} for the prompt`,
      );
    if (result.fromFolder.length > 0)
      lab.reporter.note(`from generation_config.json: ${result.fromFolder.map(fieldText).join(', ')}`);
    if (result.notFollowed.length > 0)
      lab.reporter.note(
        `generation_config.json also says, and is not followed: ${result.notFollowed.map(fieldText).join(', ')}`,
      );
    for (const { field, asked, used, why } of result.changes)
      lab.reporter.note(`${field} ${asked} became ${used}: ${why}`);
    if (result.droppedTokens > 0)
      lab.reporter.note(
        `the text outgrew the model's context: the ${result.droppedTokens} oldest tokens were dropped on the way`,
      );
    return {
      ok: true,
      summary: {
        ...request,
        ...(quantize === null ? {} : { quantize: describeScheme(quantize.scheme) }),
        ...result,
        tokensPerSecond,
        ...(compared ? { draftComparison: compared } : {}),
        adapter: adapterName(answer.adapter),
        software: answer.adapter.software,
      },
    };
  };
};

/** A text that a draft helped to write, beside the model's own. */
function comparison(result: GenerateResult, plain: GenerateResult) {
  const { accepted = 0, drafted = 0 } = result.speculation ?? {};
  return {
    accepted,
    drafted,
    acceptance: drafted > 0 ? accepted / drafted : 0,
    decodeTokensPerSecond: decodeRate(result),
    plainTokensPerSecond: decodeRate(plain),
    sameTokens: result.tokens.join() === plain.tokens.join(),
  };
}

/** Tokens a second after the first. */
function decodeRate({ tokens, decodeMs }: GenerateResult): number {
  return decodeMs > 0 ? (1000 * (tokens.length - 1)) / decodeMs : 0;
}

function given<K extends string, T>(field: K, value: T | undefined): Partial<Record<K, T>> {
  const out: Partial<Record<K, T>> = {};
  if (value !== undefined) out[field] = value;
  return out;
}

function fieldText({ field, value }: NamedValue): string {
  return `${field} ${value}`;
}

/** `TOKEN=BIAS,TOKEN=BIAS`; what the model cannot use of it is said by the page. @throws UsageError */
function logitBias(text = ''): { token: number; bias: number }[] {
  if (text === '') return [];
  return text.split(',').map((pair) => {
    const [token, bias, more] = pair.split('=').map(Number);
    if (token === undefined || bias === undefined || more !== undefined || Number.isNaN(token) || Number.isNaN(bias))
      throw new UsageError(`--logit-bias takes TOKEN=BIAS,TOKEN=BIAS with token ids, got '${pair}'`);
    return { token, bias };
  });
}
