import type { AuditReport } from '../core/folder-audits.ts';
import { auditPage } from './cli/commands/audit-page.ts';
import { auditText } from './cli/commands/audit-text.ts';
import { speechIn } from './cli/output.ts';

/** The page of "falx audit --html". */
export const auditReport: AuditReport = (registry, audit, language) => {
  const speech = speechIn(language);
  return auditPage(registry, audit, auditText(audit, null, speech), speech);
};
