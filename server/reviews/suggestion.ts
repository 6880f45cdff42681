/** An edit that a reviewer suggests: plan text in the place of a line, or of an element's line. */
import { refused } from '../errors.ts';
import type { Compiler } from '../providers/compiler.ts';
import type { ExecutionTarget, PlanGraph } from '../../src/lib/compiler/types.ts';
import type { Place } from '../domain/reviews/anchor.ts';

interface Suggestion {
  suggestion: string;
  suggestionBefore: string;
  /** UTF-16 units. */
  suggestionStart: number;
}

interface Span {
  start: number;
  end: number;
}

/**
 * What a suggestion puts in the place of what, in the text of a version: of the line, for a statement
 * has one. It has to give a plan
 * without errors there; whether it still fits a draft is another question, asked when it is applied.
 */
export function suggestionFor(
  compiler: Compiler,
  version: { text: string; target: string },
  place: Place,
  suggestion: string,
): Suggestion {
  const { text } = version;
  const target = version.target as ExecutionTarget;
  const line = place.line ?? lineOf(text, compiler.compile(text, target).graph, place.anchor);
  const span = line === null ? null : spanOfLine(text, line);
  if (!span) {
    throw refused('suggestion_without_place', 'A suggestion needs a line, a stage or a wire.', {
      help: 'Choose one in the version under review, and suggest there.',
    });
  }
  const before = text.slice(span.start, span.end);
  if (before === suggestion) {
    throw refused('suggestion_changes_nothing', 'The suggestion is what stands there already.');
  }
  const suggested = { suggestion, suggestionBefore: before, suggestionStart: span.start };
  const problem = errorsOf(compiler, textWith(text, suggested), target)[0];
  if (problem) {
    throw refused('suggestion_has_errors', `With the suggestion: ${problem.message}`, {
      help: 'Suggest plan text that compiles in the place of what it replaces.',
      args: { problem: problem.code },
    });
  }
  return suggested;
}

/** The version's text with the suggestion in it. */
export function textWith(text: string, one: Suggestion): string {
  const { suggestion, suggestionBefore, suggestionStart: start } = one;
  return text.slice(0, start) + suggestion + text.slice(start + suggestionBefore.length);
}

export function errorsOf(compiler: Compiler, text: string, target: ExecutionTarget) {
  return compiler.compile(text, target).diagnostics.filter((one) => one.severity === 'error');
}

/** The line on which an element's statement begins, or null. */
function lineOf(
  text: string,
  { boundaries, stages, connections }: PlanGraph,
  anchor: string,
): number | null {
  const [kind, ...rest] = anchor.split(':');
  const id = rest.join(':');
  const all: readonly { id: string; span: Span }[] =
    kind === 'stage'
      ? stages
      : kind === 'boundary'
        ? boundaries
        : kind === 'connection'
          ? connections
          : [];
  const found = all.find((element) => element.id === id);
  return found ? text.slice(0, found.span.start).split('\n').length : null;
}

function spanOfLine(text: string, line: number): Span | null {
  const lines = text.split('\n');
  const found = lines[line - 1];
  if (found === undefined) return null;
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return { start, end: start + found.length };
}
