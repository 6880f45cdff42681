import { connectionEnds } from '$lib/document/selection';
import { elementOf, type PlanElement } from '../graph';
import type { ActionContext } from './types';

/** It can always be done. */
export const always = () => null;

/** Why nothing can be changed here. */
export const writable = ({ session }: ActionContext): string | null => session.readOnlyReason;

/** Something can be changed, and `what` holds; otherwise `reason`. */
export const needs =
  (what: (context: ActionContext) => boolean, reason: string) =>
  (context: ActionContext): string | null =>
    writable(context) ?? (what(context) ? null : reason);

export const needsCanvas = ({ ui }: ActionContext): string | null =>
  ui.canvas ? null : 'The canvas is not on show';

/** The stages and boundaries among what is selected. */
export const selectedElements = ({ session }: ActionContext): PlanElement[] =>
  session.selection.flatMap((id) => elementOf(session.graph, id) ?? []);

/** The one stage or boundary that is selected, and nothing else is. */
export const oneElement = (context: ActionContext): PlanElement | null =>
  context.session.selection.length === 1 ? (selectedElements(context)[0] ?? null) : null;

/** The selected connection, when exactly one is. */
export const oneWire = ({ session }: ActionContext) =>
  session.selection.length === 1 ? connectionEnds(session.selection[0] ?? '') : null;
