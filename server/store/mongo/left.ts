/** Of what an organization has left, as a guard of a change and as a decision over what was read. */
import mongoose from 'mongoose';
import { reserveOf } from '../../records/organization.ts';
import type { SpendingBound } from '../../records/budget.ts';
import type { OrganizationDocument } from './models.ts';

const { trusted } = mongoose;

type Bound = Pick<SpendingBound, 'leavesReserve'>;

const unspent = { $subtract: ['$granted', '$spent'] };
const reserve = { $ifNull: ['$reservedCredits', { $floor: { $divide: ['$granted', 5] } }] };

/** Matches an organization from which so much may be taken. */
export function isLeft(amount: number, { leavesReserve }: Bound) {
  const left = leavesReserve ? { $subtract: [unspent, reserve] } : unspent;
  return { $expr: trusted({ $gte: [left, amount] }) };
}

/** How much may be taken from a document that was read. */
export function leftOf(
  { granted, spent, reservedCredits }: Pick<OrganizationDocument, 'granted' | 'spent' | 'reservedCredits'>,
  { leavesReserve }: Bound,
): number {
  return granted - spent - (leavesReserve ? reserveOf(reservedCredits, granted) : 0);
}
