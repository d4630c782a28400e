// Entry of a data worker: exposes data preparation and nothing else. The launcher kills it when it overstays its deadline.

import { expose, transfer } from 'comlink';
import { prepareData } from '../data/prepareData';
import type { DataApi } from './protocol';
import { carryErrors } from './settling';

const api: DataApi = {
  async prepare(request, onProgress) {
    const data = await prepareData(request, onProgress, (path) =>
      fetch(new URL(`${import.meta.env.BASE_URL}${path}`, self.location.origin)),
    );
    return transfer(data, [data.trainTokens.buffer, data.validationTokens.buffer]);
  },
};
expose(carryErrors(api));
