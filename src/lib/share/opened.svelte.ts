import { api, ask, describeError, invalidate, queries } from '$lib/api';
import { storedContent } from '$lib/document/content';
import { fromFragment, type SharedDraft } from './link';
import type { OpenedFile } from './read-file';
import { waiting } from './waiting';

/** An environment that somebody may keep a draft in. */
export interface KeepingPlace {
  id: string;
  label: string;
}

type Failure = ReturnType<typeof describeError>;

/**
 * A draft that came by a link or a file and is looked at. It is nobody's yet: it needs neither an
 * account nor an environment until it is kept, and keeping it always makes another draft.
 */
export class OpenedDraft {
  /** Null while nothing was opened; undefined while a link is read. */
  draft = $state.raw<SharedDraft | null | undefined>(undefined);
  /** Why a link could not be read. */
  failure = $state.raw<Failure | null>(null);
  /** Where it may be kept; null for somebody who isn't signed in, undefined until that is known. */
  places = $state.raw<readonly KeepingPlace[] | null | undefined>(undefined);
  /** Why that could not be asked. */
  unknown = $state.raw<Failure | null>(null);

  /** Reads the address's fragment, or what waits in this tab where there is none. */
  async read(fragment: string): Promise<void> {
    this.failure = null;
    if (fragment === '' || fragment === '#') {
      this.draft = waiting.get();
      return;
    }
    this.draft = undefined;
    try {
      this.#show(await fromFragment(fragment));
    } catch (error) {
      this.draft = null;
      this.failure = {
        code: 'shared_draft_unreadable',
        message: error instanceof Error ? error.message : String(error),
        help: 'Ask for the link again, or for the draft as a file. Nothing here was altered.',
      };
    }
  }

  take({ draft }: OpenedFile): void {
    this.failure = null;
    this.#show(draft);
  }

  #show(draft: SharedDraft): void {
    this.draft = draft;
    waiting.put(draft);
  }

  /** Asks who is here, and where they may keep it. */
  async findPlaces(): Promise<void> {
    this.unknown = null;
    try {
      const { user } = await ask(queries.session.get());
      if (user === null) {
        this.places = null;
        return;
      }
      const { orgs } = await ask(queries.workspace.tree());
      this.places = orgs.flatMap((org) =>
        org.projects.flatMap((project) =>
          project.environments
            .filter(({ permissions }) => permissions.operate)
            .map(({ id, name }) => ({ id, label: `${project.name} / ${name}` })),
        ),
      );
    } catch (error) {
      this.unknown = describeError(error);
    }
  }

  /** Makes a draft of it; answers the new draft's id. */
  async keep(name: string, environmentId: string): Promise<string> {
    if (!this.draft) throw new Error('There is no draft to keep.');
    const { draftId } = await api.drafts.create.mutate({
      environmentId,
      name,
      ...storedContent(this.draft.content),
    });
    waiting.forget();
    invalidate('draft');
    return draftId;
  }
}
