import { stemmer } from '@orama/stemmers/english';
import { stopwords } from '@orama/stopwords/english';
import { readSynonyms, type Language } from './language.ts';

/** What else a question begins with. */
const fillers =
  'hello hey hi thank thanks please want like use get got go us some tell come know need make would just so'.split(' ');

export const english: Language = {
  stopwords: new Set([...stopwords, ...fillers]),
  stem: stemmer,
  synonyms: readSynonyms(`
ship shipping shipment shipped deliver delivery delivered dispatch send sent post postage courier arrive arrival transport
long fast quick quickly soon duration wait take days
price cost fee charge expensive cheap rate tariff pricing much amount
return exchange swap back
refund refunded reimburse reimbursement money
cancel cancellation terminate quit unsubscribe end stop leave
pay payment paid paying
card visa mastercard credit debit
invoice bill receipt billing
open opening hours close closed closing times
address located location directions find situated
park parking car garage
contact call phone telephone email mail reach support help talk speak human
book booking reserve reservation appointment schedule
account login profile
password login log sign forgot forgotten reset
discount coupon voucher promo promotion code deal sale cheaper reduction rebate
gift present
warranty guarantee guaranteed
broken broke defective damaged faulty damage defect break
repair fix mend service repairing
accessible accessibility wheelchair disabled step-free lift elevator
pet pets dog dogs cat animal animals
child children kid kids family toddler baby
vegan vegetarian veggie plant-based meatless
allergy allergic allergen gluten nuts intolerance intolerant
food meal eat menu dish dishes
wifi wi-fi internet wireless
job jobs career careers hiring vacancy
privacy gdpr personal data
safe secure security encryption encrypted protected
trial try test demo
plan subscription membership package contract
free complimentary included
abroad international internationally overseas foreign worldwide country countries
teacher instructor trainer coach tutor
class course lesson classes
beginner beginners novice starter
certificate diploma certification
size sizes sizing fit measurement measurements
stock available availability
track tracking trace status
order purchase buy ordered bought
change modify edit update move reschedule postpone switch
late delay delayed
checkin check-in arrival arrive
checkout check-out departure depart leave
shower showers changing locker lockers towel towels
pain ache hurt hurts toothache emergency urgent
insurance insured covered coverage insurer
app mobile ios android iphone smartphone
export download backup
delete remove erase
team users user colleagues seats seat members
weekend saturday sunday
pickup collect collection takeaway takeout
outside outdoor outdoors terrace garden patio
group party parties event events celebration birthday
minimum least
bike bicycle bikes bicycles cycle
laptop computer pc mac
offline
old used second-hand secondhand
new latest
`),
};
