// Entry of an import worker: reads one folder or tokenizer, and is ended. The launcher kills it where a stage takes too long.

import { expose } from 'comlink';
import { importApi } from './importHost';
import { carryErrors } from './settling';

expose(carryErrors(importApi));
