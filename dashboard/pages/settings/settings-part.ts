import { property, state } from 'lit/decorators.js';
import { toApiError, type ApiError } from '../../../ui/api-error.ts';
import { LightElement } from '../../../ui/light-element.ts';
import type { OrganizationSettings, SettingsPatch } from '../../../server/http/wire.ts';
import { changeSettings } from '../../api.ts';
import { toast } from '../../components/toast.ts';

/** Why somebody else than an owner can't change it. */
export const ownersOnly = 'Only an owner changes this.';

/**
 * A part of the settings of an organization.
 *
 * @fires {CustomEvent<OrganizationSettings>} settings-saved - As they are now.
 */
export abstract class SettingsPart extends LightElement {
  @property({ attribute: false }) organizationId = '';
  @property({ attribute: false }) settings!: OrganizationSettings;
  @property({ attribute: false }) mayChange = false;
  @state() isSaving = false;
  @state() failure: ApiError | undefined;

  /** Whether it was saved; else `failure` says why not. */
  protected async change(patch: SettingsPatch, message: string): Promise<boolean> {
    if (this.isSaving) return false;
    this.isSaving = true;
    this.failure = undefined;
    try {
      this.saved(await changeSettings(this.organizationId, patch), message);
    } catch (error) {
      this.failure = toApiError(error);
    }
    this.isSaving = false;
    return this.failure === undefined;
  }

  protected saved(settings: OrganizationSettings, message: string): void {
    this.settings = settings;
    this.dispatchEvent(new CustomEvent('settings-saved', { detail: settings }));
    toast({ message });
  }
}
