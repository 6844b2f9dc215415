/**
 * Certificates, where the package has them: each distinct question must have exactly
 * one, and it must check. That is a third confirmation, by a checker that is small
 * enough to read (docs/adr/0009); it replaces no solver here.
 */
import { type Certificate, certifiesClaim, certifiesCover } from "../../proofs/certificates/certificate.js";
import type { Obligation } from "../../proofs/kernel/obligation.js";
import { parseCertificates, questionKey } from "../evidence/certificates.js";
import { type Finding, altered } from "./finding.js";
import { type Snapshot, textIn } from "./seal.js";

export const certificatesPath = "evidence/certificates.txt";

/** How many were checked; undefined where the package has none. */
export function checkCertificates(files: Snapshot, obligations: readonly Obligation[], findings: Finding[]): number | undefined {
  if (!files.has(certificatesPath)) return undefined;
  const certificates = parseCertificates(textIn(files, certificatesPath));
  if (certificates === undefined) {
    findings.push(altered("no list of certificates", certificatesPath));
    return 0;
  }
  const checked = new Set<string>();
  const check = (key: string, id: string, holds: (certificate: Certificate) => boolean): void => {
    if (checked.has(key)) return;
    checked.add(key);
    const certificate = certificates.get(key);
    if (certificate === undefined || !holds(certificate)) findings.push(altered(`the certificate of ${id} ${certificate === undefined ? "is missing" : "does not check"}`, certificatesPath));
  };
  for (const o of obligations) {
    if (o.kind === "ground") continue;
    if (o.cover === "sat") check(questionKey(o, "claim"), o.id, (certificate) => certifiesClaim(o, certificate));
    check(questionKey(o, "cover"), `${o.id}.cover`, (certificate) => certifiesCover(o, certificate));
  }
  for (const key of certificates.keys()) if (!checked.has(key)) findings.push(altered(`a certificate of no question: ${key}`, certificatesPath));
  return checked.size;
}
