// The tile pointed at, in words: name, shape, placement, who holds which slice of it, and what carried it last.

import { Waypoints } from 'lucide-react';
import type { MappedTensor, TensorMap } from '../../planner/tensorMap';
import { useText } from '../i18n/useText';
import { actionText } from '../mesh/actionText';
import { RankSwatch } from '../mesh/RankSwatch';
import { Key } from '../parts/Buttons';
import { ScrollArea } from '../parts/ScrollArea';
import { Term } from '../parts/Term';
import { pointAtRank } from '../stores/meshStore';
import styles from './TileFacts.module.css';
import { placementTexts, shapeText, sliceText } from './tileWords';
import type { Carried } from './useCarried';

interface TileFactsProps {
  readonly map: TensorMap;
  readonly tensor: MappedTensor;
  readonly rank: number | null;
  readonly carried: Carried;
  readonly onFollow: () => void;
}

export function TileFacts({ map, tensor, rank, carried, onFollow }: TileFactsProps) {
  const texts = useText();
  const { t, format } = texts;
  const words = t.shard.tiles;
  const total = tensor.slices.reduce((sum, { bytes }) => sum + bytes, 0);
  const placements = placementTexts(tensor, map.mesh, map.layer, texts);
  return (
    <div className={styles.facts}>
      <div className={styles.what}>
        <h3 className={styles.name} aria-live="polite" data-testid="tile-name">
          <code>{tensor.name}</code> <span>{shapeText(tensor.shape)}</span>
        </h3>
        <p data-testid="tile-bytes">
          {map.layer === 'activations'
            ? words.activationBytes(format.bytes(total))
            : words.bytes(format.bytes(total / tensor.copies), format.bytes(total))}
        </p>
        {placements.length === 0 ? null : (
          <dl className={styles.placements}>
            <dt>
              <Term id="placement">{words.placements}</Term>
            </dt>
            <dd>
              {placements.map(({ axis, text }) => (
                <span key={axis}>
                  <b>{axis}</b> {text}
                </span>
              ))}
            </dd>
          </dl>
        )}
        <dl className={styles.placements}>
          <dt>{words.lastTouch}</dt>
          <dd data-testid="tile-carried">
            {carried.kind === 'action' ? (
              <>
                <span>
                  {t.mesh.rank(format.integer(carried.rank))}: {actionText(carried.action, texts)}
                  {carried.measuredMs === null ? '' : `, ${words.took(format.duration(carried.measuredMs))}`}
                  {carried.measuredMs === null && carried.predictedMs !== null
                    ? `, ${words.expected(format.duration(carried.predictedMs))}`
                    : ''}
                </span>
                <Key icon={Waypoints} onClick={onFollow}>
                  {t.schedule.title}
                </Key>
              </>
            ) : (
              <span>{words[carried.kind]}</span>
            )}
          </dd>
        </dl>
      </div>
      <ScrollArea className={styles.slices} label={words.slices}>
        <table>
          <tbody>
            {tensor.slices.map((slice) => (
              <tr
                key={slice.rank}
                data-pointed={slice.rank === rank || undefined}
                onPointerEnter={() => pointAtRank(slice.rank)}
                onPointerLeave={() => pointAtRank(null)}
              >
                <th scope="row">
                  <RankSwatch rank={slice.rank} /> {t.mesh.rank(format.integer(slice.rank))}
                </th>
                <td className={styles.slice}>
                  {sliceText(tensor, slice, texts)}
                  {slice.held > 1 ? `, ${words.held(format.integer(slice.held))}` : ''}
                </td>
                <td>{format.bytes(slice.bytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
    </div>
  );
}
