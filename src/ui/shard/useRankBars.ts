// Memory of each rank as it is drawn: measured where the run is this set-up's, predicted by the plan where that is worked out, and until then
// what follows from the placements alone.

import { useMemo } from 'react';
import { mapTensors, stateBytes } from '../../planner/tensorMap';
import { usePrediction } from '../stores/predictionStore';
import { sameConfig, useSetup } from '../stores/setupStore';
import { kindBytes, type RankBars } from './memoryBars';
import { useMeasuredMemory } from './useMeasuredMemory';
import { useMeshSettings } from './useMeshSettings';

export function useRankBars(): readonly RankBars[] {
  const config = useSetup((state) => state.config);
  const { settings, issue } = useMeshSettings();
  const prediction = usePrediction((state) => state.prediction);
  const measured = useMeasuredMemory();
  return useMemo(() => {
    if (issue !== null) return [];
    if (prediction !== null && prediction.ranks.length > 0 && sameConfig(prediction.config, config)) {
      return prediction.ranks.map(({ rank, memory }) => ({
        rank,
        predicted: kindBytes(memory),
        partial: false,
        measured: measured?.[rank] === undefined ? null : kindBytes(measured[rank]),
      }));
    }
    return mapTensors(settings, 'parameters').ranks.map((state) => ({
      rank: state.rank,
      predicted: { activations: 0, gathered: 0, buffers: 0, ...stateBytes(state) },
      partial: true,
      measured: measured?.[state.rank] === undefined ? null : kindBytes(measured[state.rank]),
    }));
  }, [config, settings, issue, prediction, measured]);
}
