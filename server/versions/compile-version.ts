import { refused } from '../errors.ts';
import type { Diagnostic, ExecutionTarget } from '../../src/lib/compiler/types.ts';
import type { Compiler } from '../providers/compiler.ts';

export interface CompiledPlan {
  specKv: string;
  specHash: string;
  describe: string;
  diagnostics: Diagnostic[];
  capabilities: string[];
  features: string[];
  pipeline: string | null;
}

/** Compiles a plan for keeping; a plan with errors is refused with the first of them. */
export function compileVersion(
  compiler: Compiler,
  text: string,
  target: ExecutionTarget,
): CompiledPlan {
  const { report, diagnostics } = compiler.lower(text, target);
  if (!report) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
    throw refused('draft_has_errors', errors[0]?.message ?? 'The plan does not compile.', {
      help: 'Fix the problems that the editor lists, save, and try again.',
      args: { errors: errors.length, first: errors[0]?.code ?? null },
    });
  }
  const { graph } = compiler.compile(text, target);
  return {
    specKv: report.spec_kv,
    specHash: report.spec_hash,
    describe: report.describe,
    diagnostics,
    capabilities: [...report.capabilities].sort(),
    features: compiler.featuresOf(graph, target, report.spec_kv),
    pipeline: graph.name,
  };
}
