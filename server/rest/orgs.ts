/** Organizations and projects for people's tools: a session, as cookie or as bearer token. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ByteorError, notFound } from '../errors.ts';
import { toHeaders } from '../http/headers.ts';
import { originAllowed, type HostRules } from '../http/origin.ts';
import { id, name } from '../inputs.ts';
import { spend } from '../limits/spend.ts';
import { call, type Call } from '../operation.ts';
import { createProject } from '../projects/create-project.ts';
import { deleteProject } from '../projects/delete-project.ts';
import { updateProject } from '../projects/update-project.ts';
import type { SignedInUser } from '../providers/identity.ts';
import type { Services } from '../services.ts';
import { createOrg } from '../workspace/create-org.ts';
import { getTree } from '../workspace/get-tree.ts';
import { renameOrg } from '../workspace/rename-org.ts';
import { errorAnswer, orgAnswer, projectAnswer } from './schemas.ts';

const orgPath = z.object({ org_id: id });
const projectPath = z.object({ org_id: id, project_id: id });
const named = z.object({ name: name() });
const security = [{ session: [] }];
const failures = { 401: errorAnswer, 403: errorAnswer, 404: errorAnswer };

type PersonsCall = Call & { user: SignedInUser };

declare module 'fastify' {
  interface FastifyRequest {
    call: PersonsCall | null;
  }
}

/** The call that `signedIn` found. */
function callOf(request: FastifyRequest): PersonsCall {
  if (!request.call) throw new Error('the route does not ask for a session');
  return request.call;
}

export function orgRoutes(services: Services, rules: HostRules): FastifyPluginAsyncZod {
  /** Before the body is looked at: who has no session learns nothing about forms. */
  const signedIn = async (request: FastifyRequest, reply: FastifyReply) => {
    // A session's token is the same secret in a cookie and as a bearer: both need the same.
    if (!originAllowed(rules, request.method, request.headers)) {
      throw new ByteorError(403, 'origin_not_allowed', 'This request came from another site.');
    }
    const headers = toHeaders(request.headers, request.ip);
    const user = await services.identity.userOf(headers);
    if (!user) {
      throw new ByteorError(
        401,
        'sign_in_required',
        'A session is needed, as cookie or bearer token.',
      );
    }
    spend(services.limits, reply, 'person', user.id);
    request.call = { services, user, headers, setCookies: () => undefined };
  };
  const treeOf = async (request: FastifyRequest) => {
    const made = callOf(request);
    return { made, orgs: (await call(getTree, made, undefined)).orgs };
  };
  const orgOf = async (request: FastifyRequest, orgId: string) => {
    const { made, orgs } = await treeOf(request);
    const org = orgs.find((one) => one.id === orgId);
    if (!org) throw notFound('organization');
    return { made, org };
  };
  const projectOf = async (request: FastifyRequest, orgId: string, projectId: string) => {
    const { made, org } = await orgOf(request, orgId);
    const project = org.projects.find((one) => one.id === projectId);
    if (!project) throw notFound('project');
    return { made, project };
  };

  return async (app) => {
    app.decorateRequest('call', null);
    app.addHook('preValidation', signedIn);
    app.get(
      '/orgs',
      {
        schema: {
          tags: ['Organizations'],
          summary: 'List the organizations that you may see',
          security,
          response: { 200: z.object({ orgs: z.array(orgAnswer) }), ...failures },
        },
      },
      async (request) => {
        const { orgs } = await treeOf(request);
        return { orgs: orgs.map((org) => ({ id: org.id, name: org.name, role: org.role })) };
      },
    );
    app.post(
      '/orgs',
      {
        schema: {
          tags: ['Organizations'],
          summary: 'Create an organization; you become its admin',
          security,
          body: named,
          response: { 201: orgAnswer, ...failures },
        },
      },
      async (request, reply) => {
        const made = callOf(request);
        const { orgId } = await call(createOrg, made, request.body);
        return reply.code(201).send({ id: orgId, name: request.body.name, role: 'org_admin' });
      },
    );
    app.get(
      '/orgs/:org_id',
      {
        schema: {
          tags: ['Organizations'],
          summary: 'Read an organization',
          security,
          params: orgPath,
          response: { 200: orgAnswer, ...failures },
        },
      },
      async (request) => {
        const { org } = await orgOf(request, request.params.org_id);
        return { id: org.id, name: org.name, role: org.role };
      },
    );
    app.put(
      '/orgs/:org_id',
      {
        schema: {
          tags: ['Organizations'],
          summary: 'Rename an organization',
          security,
          params: orgPath,
          body: named,
          response: { 200: orgAnswer, ...failures },
        },
      },
      async (request) => {
        const { made, org } = await orgOf(request, request.params.org_id);
        await call(renameOrg, made, { orgId: org.id, name: request.body.name });
        return { id: org.id, name: request.body.name, role: org.role };
      },
    );
    app.get(
      '/orgs/:org_id/projects',
      {
        schema: {
          tags: ['Projects'],
          summary: 'List the projects of an organization',
          security,
          params: orgPath,
          response: { 200: z.object({ projects: z.array(projectAnswer) }), ...failures },
        },
      },
      async (request) => {
        const { org } = await orgOf(request, request.params.org_id);
        return {
          projects: org.projects.map((project) => ({
            id: project.id,
            org_id: org.id,
            name: project.name,
            role: project.role,
          })),
        };
      },
    );
    app.post(
      '/orgs/:org_id/projects',
      {
        schema: {
          tags: ['Projects'],
          summary: 'Create a project',
          security,
          params: orgPath,
          body: named,
          response: { 201: projectAnswer, ...failures },
        },
      },
      async (request, reply) => {
        const { made, org } = await orgOf(request, request.params.org_id);
        const { projectId } = await call(createProject, made, {
          orgId: org.id,
          name: request.body.name,
        });
        return reply
          .code(201)
          .send({ id: projectId, org_id: org.id, name: request.body.name, role: org.role });
      },
    );
    app.get(
      '/orgs/:org_id/projects/:project_id',
      {
        schema: {
          tags: ['Projects'],
          summary: 'Read a project',
          security,
          params: projectPath,
          response: { 200: projectAnswer, ...failures },
        },
      },
      async (request) => {
        const { org_id, project_id } = request.params;
        const { project } = await projectOf(request, org_id, project_id);
        return { id: project.id, org_id, name: project.name, role: project.role };
      },
    );
    app.put(
      '/orgs/:org_id/projects/:project_id',
      {
        schema: {
          tags: ['Projects'],
          summary: 'Rename a project',
          security,
          params: projectPath,
          body: named,
          response: { 200: projectAnswer, ...failures },
        },
      },
      async (request) => {
        const { org_id, project_id } = request.params;
        const { made, project } = await projectOf(request, org_id, project_id);
        await call(updateProject, made, { projectId: project.id, name: request.body.name });
        return { id: project.id, org_id, name: request.body.name, role: project.role };
      },
    );
    app.delete(
      '/orgs/:org_id/projects/:project_id',
      {
        schema: {
          tags: ['Projects'],
          summary: 'Delete a project with everything in it',
          security,
          params: projectPath,
          response: { 204: z.null(), ...failures },
        },
      },
      async (request, reply) => {
        const { org_id, project_id } = request.params;
        const { made, project } = await projectOf(request, org_id, project_id);
        await call(deleteProject, made, { projectId: project.id });
        return reply.code(204).send(null);
      },
    );
  };
}
