import type { ActionContext, EditorAction } from './types';

const refusal = ({ session, run }: ActionContext): string | null => {
  // Without a sample the run's tab asks for one.
  if (session.report && session.errors === 0 && !run.input) return null;
  return run.refusal;
};

const isOn = (context: ActionContext): string | null =>
  context.run.phase === 'off' ? 'Nothing runs' : context.run.refusal;

const oneSelected = ({ session }: ActionContext) =>
  session.selection.length === 1 ? session.selection[0] : undefined;

/** Running the draft in the page; nothing of it changes the draft. */
export const runActions: readonly EditorAction[] = [
  {
    id: 'run',
    title: 'Run',
    group: 'Run',
    icon: 'play',
    keys: ['F5'],
    everywhere: true,
    undo: 'none',
    refusal,
    run(context) {
      context.ui.openDock('run');
      if (context.run.refusal === null) return context.run.run();
    },
  },
  {
    id: 'stop-run',
    title: 'Stop',
    group: 'Run',
    icon: 'stop',
    keys: ['Shift+F5'],
    everywhere: true,
    undo: 'none',
    refusal: ({ run }) => (run.phase === 'off' ? 'Nothing runs' : null),
    run: ({ run }) => run.stop(),
  },
  {
    id: 'pause-run',
    title: 'Pause the run',
    group: 'Run',
    icon: 'pause',
    keys: ['F6'],
    everywhere: true,
    undo: 'none',
    refusal: ({ run }) => (run.phase === 'going' ? null : 'Nothing is under way'),
    run: ({ run }) => run.pause(),
  },
  {
    id: 'step',
    title: 'Step',
    group: 'Run',
    icon: 'step',
    keys: ['F10'],
    everywhere: true,
    undo: 'none',
    refusal,
    run(context) {
      if (context.run.phase === 'off') context.ui.openDock('run');
      if (context.run.refusal === null) return context.run.step(1);
    },
  },
  {
    id: 'step-back',
    title: 'Step back',
    group: 'Run',
    icon: 'step-back',
    keys: ['Shift+F10'],
    everywhere: true,
    undo: 'none',
    refusal: isOn,
    run: ({ run }) => run.step(-1),
  },
  {
    id: 'run-to-start',
    title: 'Go to the start of the run',
    group: 'Run',
    icon: 'to-start',
    keys: [],
    undo: 'none',
    refusal: isOn,
    run: ({ run }) => run.goTo(0),
  },
  {
    id: 'run-to-end',
    title: 'Go to the end of the run',
    group: 'Run',
    icon: 'to-end',
    keys: [],
    undo: 'none',
    refusal: isOn,
    run: ({ run }) => run.toEnd(),
  },
  {
    id: 'run-to-next-change',
    title: 'Run to the next change of the selected stage',
    group: 'Run',
    icon: 'arrow-right',
    keys: ['F9'],
    everywhere: true,
    undo: 'none',
    refusal: (context) =>
      isOn(context) ?? (oneSelected(context) === undefined ? 'Select one stage first' : null),
    run(context) {
      const id = oneSelected(context);
      return id === undefined ? undefined : context.run.toStepOf(id);
    },
  },
  {
    id: 'run-to-last-change',
    title: 'Run back to the last change of the selected stage',
    group: 'Run',
    icon: 'arrow-left',
    keys: ['Shift+F9'],
    everywhere: true,
    undo: 'none',
    refusal: (context) =>
      isOn(context) ?? (oneSelected(context) === undefined ? 'Select one stage first' : null),
    run(context) {
      const id = oneSelected(context);
      return id === undefined ? undefined : context.run.toStepOf(id, true);
    },
  },
  {
    id: 'breakpoint',
    title: 'Break at the selection, or no more',
    group: 'Run',
    icon: 'breakpoint',
    keys: ['Mod+F9'],
    undo: 'none',
    refusal: (context) =>
      oneSelected(context) === undefined ? 'Select one stage or connection first' : null,
    run(context) {
      const id = oneSelected(context);
      if (id === undefined) return;
      const { run, session } = context;
      const on = run.breakpointAt(id) === undefined;
      run.setBreakpoint(id, on ? { pattern: '', field: '' } : null);
      session.say(on ? `The run stops at ${id}` : `The run stops at ${id} no more`);
    },
  },
];
