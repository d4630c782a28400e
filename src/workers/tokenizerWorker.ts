// Entry of the worker that trains and tries tokenizers: exposes its host and nothing else.

import { expose } from 'comlink';
import { carryErrors } from './settling';
import { TokenizerHost } from './tokenizerHost';

const host = new TokenizerHost();
expose(carryErrors(host.api));
