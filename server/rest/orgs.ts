/** Organizations and projects for people's tools: a session, as cookie or as bearer token. */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { loadCaller } from '../caller.ts';
import { ByteorError, notFound } from '../errors.ts';
import { toHeaders } from '../http/headers.ts';
import { originAllowed, type HostRules } from '../http/origin.ts';
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

const name = z.string().trim().min(1).max(120);
const orgPath = z.object({ org_id: z.uuid() });
const projectPath = z.object({ org_id: z.uuid(), project_id: z.uuid() });
const security = [{ session: [] }];
const failures = { 401: errorAnswer, 403: errorAnswer, 404: errorAnswer };

/** The call of a request; without a session it is refused before anything else. */
async function callOf(
  services: Services,
  rules: HostRules,
  request: FastifyRequest,
): Promise<Call & { user: SignedInUser }> {
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
  return { services, user, headers, setCookies: () => undefined };
}

export function orgRoutes(services: Services, rules: HostRules): FastifyPluginAsyncZod {
  const treeOf = async (request: FastifyRequest) => {
    const made = await callOf(services, rules, request);
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
          body: z.object({ name }),
          response: { 201: orgAnswer, ...failures },
        },
      },
      async (request, reply) => {
        const made = await callOf(services, rules, request);
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
          body: z.object({ name }),
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
          body: z.object({ name }),
          response: { 201: projectAnswer, ...failures },
        },
      },
      async (request, reply) => {
        const { made, org } = await orgOf(request, request.params.org_id);
        const caller = await loadCaller(services.database.client, made.user);
        const { projectId } = await createProject(services, caller, {
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
          body: z.object({ name }),
          response: { 200: projectAnswer, ...failures },
        },
      },
      async (request) => {
        const { org_id, project_id } = request.params;
        const { made, project } = await projectOf(request, org_id, project_id);
        const caller = await loadCaller(services.database.client, made.user);
        await updateProject(services, caller, { projectId: project.id, name: request.body.name });
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
        const caller = await loadCaller(services.database.client, made.user);
        await deleteProject(services, caller, { projectId: project.id });
        return reply.code(204).send(null);
      },
    );
  };
}
