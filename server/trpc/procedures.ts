/** tRPC's procedures, made from declared operations: reading is a query, changing a mutation. */
import type { z } from 'zod';
import { perform, type AnyOperation, type Operation } from '../operation.ts';
import { publicProcedure } from './base.ts';

function queryOf<Schema extends z.ZodType, Answer>(operation: Operation<'read', Schema, Answer>) {
  return publicProcedure
    .input(operation.input)
    .query(({ ctx, input }) => perform(operation, ctx, input as z.output<Schema>));
}

function mutationOf<Schema extends z.ZodType, Answer>(
  operation: Operation<'change', Schema, Answer>,
) {
  return publicProcedure
    .input(operation.input)
    .mutation(({ ctx, input }) => perform(operation, ctx, input as z.output<Schema>));
}

type ProcedureOf<O> =
  O extends Operation<'read', infer Schema, infer Answer>
    ? ReturnType<typeof queryOf<Schema, Answer>>
    : O extends Operation<'change', infer Schema, infer Answer>
      ? ReturnType<typeof mutationOf<Schema, Answer>>
      : never;

/** The procedures of one group of operations, under the same names. */
export function proceduresOf<Group extends Record<string, AnyOperation>>(
  group: Group,
): { [Name in keyof Group]: ProcedureOf<Group[Name]> } {
  const procedures = Object.entries(group).map(([name, operation]) => [
    name,
    operation.kind === 'read'
      ? queryOf(operation as Operation<'read', z.ZodType, unknown>)
      : mutationOf(operation as Operation<'change', z.ZodType, unknown>),
  ]);
  return Object.fromEntries(procedures) as { [Name in keyof Group]: ProcedureOf<Group[Name]> };
}
