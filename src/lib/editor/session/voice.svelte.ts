import { CompilerError } from '$lib/compiler';
import { toasts } from '$lib/ui/toasts.svelte';
import { plain } from '$lib/ui/worded';

/** What is said about a draft: sentences for screen readers, and why something was not done. */
export class Voice {
  /** The newest sentence for screen readers. */
  said = $state('');

  say(sentence: string): void {
    // The same sentence twice in a row is still two events.
    const words = plain(sentence);
    this.said = this.said === words ? `${words}\u00A0` : words;
  }

  /** Says why something can't be done here. */
  refuse(reason: string, text?: string): void {
    toasts.show({ tone: 'info', title: reason, text });
  }

  /** Says what the compiler refused. */
  failed(error: unknown): void {
    const { code, message } = compilerErrorOf(error);
    toasts.error({ code, message });
  }
}

/** A failure as the compiler's; anything else means that its answer made no sense. */
export function compilerErrorOf(error: unknown): CompilerError {
  return error instanceof CompilerError
    ? error
    : new CompilerError('E_COMPILER_ANSWER', String(error));
}
