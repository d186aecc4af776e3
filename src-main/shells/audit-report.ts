import type { AuditReport } from '../core/folder-audits.ts';
import { auditPage } from './cli/commands/audit-page.ts';
import { auditText } from './cli/commands/audit-text.ts';
import { speechIn } from './cli/output.ts';

const english = speechIn('en');

/** The page that "falx audit --html" writes. */
export const auditReport: AuditReport = (registry, audit) =>
  auditPage(registry, audit, auditText(audit, null, english), english);
