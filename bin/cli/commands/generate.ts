// `lab generate`: a Hugging Face folder continues a prompt.

import { adapterName, type Command } from '../command';
import { filesOf, modelFileNames } from '../inputFiles';

export const generate: Command = async ({ positional = '', texts, numbers }) => {
  const files = await filesOf(positional, modelFileNames, ['config.json']);
  const stop = texts.get('stop');
  const request = {
    prompt: texts.get('prompt') ?? '',
    maxTokens: numbers.get('max-tokens') ?? 64,
    temperature: numbers.get('temperature') ?? 0,
    seed: numbers.get('seed') ?? 1,
    topK: numbers.get('top-k') ?? 0,
    topP: numbers.get('top-p') ?? 1,
    minP: numbers.get('min-p') ?? 0,
    repetitionPenalty: numbers.get('repetition-penalty') ?? 1,
    stop: stop === undefined ? [] : [stop],
  };
  return async (lab) => {
    const inputs = files.map((file) => lab.server.addInput(file));
    const answer = await lab.run({ command: 'generate', inputs, request }, () => {});
    if (answer.command !== 'generate') throw new Error('the page answered another command');
    const { result } = answer;
    const tokensPerSecond = result.milliseconds > 0 ? (1000 * result.tokens.length) / result.milliseconds : 0;
    lab.reporter.result(result.text);
    lab.reporter.note(
      `${result.tokens.length} tokens in ${result.milliseconds.toFixed(0)} ms, ${tokensPerSecond.toFixed(1)} tokens/s, ` +
        `on ${adapterName(answer.adapter)}`,
    );
    if (result.droppedTokens > 0)
      lab.reporter.note(
        `the text outgrew the model's context: the ${result.droppedTokens} oldest tokens were dropped on the way`,
      );
    return {
      ok: true,
      summary: {
        ...request,
        ...result,
        tokensPerSecond,
        adapter: adapterName(answer.adapter),
        software: answer.adapter.software,
      },
    };
  };
};
