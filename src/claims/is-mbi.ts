const MBI = /^[1-9][0-9A-Z]{10}$/;

/**
 * Whether a text may be a Medicare Beneficiary Identifier: eleven capital letters and digits, the first of them 1 to 9. The format
 * (CMS, "Understanding the Medicare Beneficiary Identifier (MBI) Format") says more, which CMS's own synthetic data does not keep to.
 * Only such MBIs make one person of two beneficiary ids: `ab2d.joined_beneficiaries` has the same pattern.
 */
export function isMbi(text: string): boolean {
  return MBI.test(text);
}
