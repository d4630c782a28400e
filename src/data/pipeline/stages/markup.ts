// Stage `markup`: the words of HTML, Markdown and e-mail without their markup. Pure.

import type { PipelineConfig } from '../../../core/pipelineConfig';
import { emailText } from './emailText';
import { htmlText } from './htmlText';
import { markdownText } from './markdownText';
import type { DocumentStage } from './stage';

export function markup(options: PipelineConfig['markup']): DocumentStage {
  return (text, { format }) => {
    switch (options.kind === 'auto' ? format : options.kind) {
      case 'html':
        return htmlText(text);
      case 'markdown':
        return markdownText(text);
      case 'email':
        return emailText(text);
      case 'text':
      case 'jsonl':
      case 'csv':
      case 'code':
        return text;
    }
  };
}
