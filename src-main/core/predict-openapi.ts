import { z } from 'zod';
import { AnswerWord, RESEARCH_USE } from '../contract/answers.ts';
import { ErrorData } from '../contract/failures.ts';
import { Prediction, type Run } from '../contract/records.ts';
import { falxVersion } from '../version.ts';

const Named = z.object({ id: z.string(), network: z.string() });
const Answers = z.object({
  run: Named,
  runs: z.array(Named).optional(),
  together: z
    .array(
      z.object({
        file: z.string(),
        answer: AnswerWord,
        probability: z.number(),
        low: z.number(),
        high: z.number(),
        models: z.int(),
        positive: z.int(),
        disagree: z.boolean(),
      }),
    )
    .optional(),
  volumes: z
    .array(
      z.object({
        file: z.string(),
        files: z.array(z.string()).optional(),
        runId: z.string(),
        answer: AnswerWord.exclude(['unsure']),
        probabilities: z.array(z.number().nullable()),
        probability: z.number(),
        highest: z.string(),
        threshold: z.number(),
        positive: z.boolean(),
        refused: z.int(),
      }),
    )
    .optional(),
  use: z.literal(RESEARCH_USE),
  predictions: z.array(Prediction),
});

/** The API for programs: an OpenAPI 3.1 document whose schemas are those that Falx itself validates with. */
export function predictOpenApi(runs: readonly Pick<Run, 'id' | 'network'>[]): Record<string, unknown> {
  const content = (of: string) => ({
    'application/json': { schema: { $ref: `#/components/schemas/${of}` } },
  });
  const failure = (description: string) => ({ description, content: content('Error') });
  const models = runs.map(({ id, network }) => `${id} (${network})`).join(', ');
  return {
    openapi: '3.1.0',
    info: {
      title: 'Falx predictions',
      version: falxVersion(),
      description: `${RESEARCH_USE} Answers for brain-MRI scans by ${models}.`,
    },
    security: [{ token: [] }],
    paths: {
      '/predict': {
        post: {
          operationId: 'predict',
          summary:
            'Answers for one file: PNG, JPEG, TIFF, WebP, BMP, DICOM or NIfTI. One prediction a picture of it.',
          parameters: [
            {
              name: 'name',
              in: 'query',
              required: false,
              description: 'What the file is called in the answer and in the history of predictions.',
              schema: { type: 'string', default: 'scan', maxLength: 255 },
            },
          ],
          requestBody: {
            required: true,
            description: 'The file as it is.',
            content: { 'application/octet-stream': {} },
          },
          responses: {
            200: { description: 'At least one picture has an answer.', content: content('Answers') },
            400: failure('No scan, or a name that is none of a file.'),
            401: failure('No token, or a wrong one.'),
            422: {
              description: 'The file can’t be read, or is too large.',
              content: {
                'application/json': {
                  schema: {
                    oneOf: [{ $ref: '#/components/schemas/Answers' }, { $ref: '#/components/schemas/Error' }],
                  },
                },
              },
            },
            503: failure('Too many scans wait. Send it again after the seconds of Retry-After.'),
            507: failure('There is no room for the file.'),
          },
        },
      },
      '/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This document.',
          responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': {} } } },
        },
      },
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Answers: schemaOf(Answers), Error: schemaOf(ErrorData) },
    },
  };
}

function schemaOf(of: z.ZodType): Record<string, unknown> {
  const { $schema: _, ...schema } = z.toJSONSchema(of, { io: 'output' });
  return schema;
}
