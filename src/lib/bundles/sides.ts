import type { Adapter, ConfigBundleV1, Key, Promised, Together } from '../compiler/types.ts';
import { adapters, deliveries, together } from '../compiler/adapters.ts';

/** The two ends of a pipeline in a config bundle. */
export type SideName = 'ingress' | 'egress';

/** A side's values by the names of its keys, whatever its kind; `kind` is among them. */
export type SideValues = Record<string, string | number | undefined>;

/** A kind of adapter as one side of a bundle. */
export interface Offer {
  kind: string;
  title: string;
  /** "Read a file". */
  does: string;
  keys: readonly Key[];
}

/** What can stand at one side, in the order of the declarations. */
export function offersOf(side: SideName, from: readonly Adapter[] = adapters): Offer[] {
  return from.flatMap((adapter) => {
    const declared = adapter[side];
    if (declared === null) return [];
    return [{ kind: adapter.kind, title: adapter.title, does: declared.does, keys: declared.keys }];
  });
}

/** A side of this kind as a form begins it: what has a default has it, what must be said is empty. */
export function beginSide({ kind, keys }: Pick<Offer, 'kind' | 'keys'>): SideValues {
  const side: SideValues = { kind };
  for (const key of keys) {
    if (key.default === null && key.optional) continue;
    const written = key.default ?? '';
    side[key.name] = key.kind.is === 'number' ? Number(written) : written;
  }
  return side;
}

/** Whether a key means something beside these values: many do only with certain words of another one. */
export function isMeant(key: Key, values: SideValues): boolean {
  if (key.with === null) return true;
  const [other, words] = key.with;
  return words.includes(String(values[other]));
}

/**
 * Puts a value of a key, and takes out what means nothing beside it; an empty one takes out what may be
 * left out.
 */
export function putValue(keys: readonly Key[], values: SideValues, key: Key, value: string): void {
  if (value === '' && key.optional) delete values[key.name];
  else values[key.name] = key.kind.is === 'number' ? Number(value) : value;
  for (const one of keys) if (!isMeant(one, values)) delete values[one.name];
}

/** What a side of these values promises: what its adapter does, unless a word changes that. */
function promiseOf<P>(
  declared: { promise: P; otherwise: readonly (readonly [string, string, P])[] },
  values: SideValues,
): P {
  const worded = declared.otherwise.find(([key, word]) => values[key] === word);
  return worded?.[2] ?? declared.promise;
}

/** Whether the sides of a bundle are this pair. */
function isTogether(pair: Together, config: Pick<ConfigBundleV1, SideName>): boolean {
  const from = config.ingress as unknown as SideValues;
  const to = config.egress as unknown as SideValues;
  const [key, word] = pair.sink;
  return (
    from['kind'] === pair.kind &&
    to['kind'] === pair.kind &&
    to[key] === word &&
    pair.same.every((name) => from[name] === to[name])
  );
}

/**
 * What the two adapters of a bundle promise together; `chooses`: around a plan that leaves open what
 * leaves it after a kill.
 */
export function deliveryOf(
  config: Pick<ConfigBundleV1, SideName>,
  chooses = false,
): Promised | undefined {
  const kindOf = (side: SideName) =>
    adapters.find((adapter) => adapter.kind === config[side].kind)?.[side];
  const source = kindOf('ingress') as Adapter['ingress'] | undefined;
  const sink = kindOf('egress') as Adapter['egress'] | undefined;
  if (!source || !sink) return undefined;
  const more = together.find((pair) => isTogether(pair, config));
  if (more) return more.promised;
  const from = promiseOf(source, config.ingress as unknown as SideValues);
  const to = promiseOf(sink, config.egress as unknown as SideValues);
  return deliveries[`${chooses && from === 'resumes' ? 'chooses' : from} ${to}`];
}

/** "File → pipeline → File: delivered exactly once", and why. */
export function deliveryWords(
  config: Pick<ConfigBundleV1, SideName>,
  chooses = false,
): string | undefined {
  const promised = deliveryOf(config, chooses);
  return promised && `${wiringOf(config)}: delivered ${promised.title}. ${promised.because}`;
}

/** "File → pipeline → File". */
function wiringOf(config: Pick<ConfigBundleV1, SideName>): string {
  const title = (kind: string) => adapters.find((adapter) => adapter.kind === kind)?.title ?? kind;
  return `${title(config.ingress.kind)} → pipeline → ${title(config.egress.kind)}`;
}

/** Names of the secrets that the adapters of a bundle use. */
export function secretsOf(config: Pick<ConfigBundleV1, SideName>): string[] {
  return (['ingress', 'egress'] as const).flatMap((side) => {
    const values = config[side] as unknown as SideValues;
    const keys = offersOf(side).find((offer) => offer.kind === config[side].kind)?.keys ?? [];
    return keys
      .filter((key) => key.kind.is === 'secret')
      .map((key) => values[key.name])
      .filter((name): name is string => typeof name === 'string' && name !== '');
  });
}
