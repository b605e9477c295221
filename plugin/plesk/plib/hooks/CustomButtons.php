<?php

declare(strict_types=1);

/** Where the panel leads to our pages (spec plesk §1.8). */
class Modules_XolphinSsl_CustomButtons extends pm_Hook_CustomButtons
{
    /** @return list<array<string, mixed>> */
    public function getButtons(): array
    {
        $button = [
            'title' => pm_Locale::lmsg('buttonTitle'),
            'description' => pm_Locale::lmsg('buttonText'),
            'icon' => pm_Context::getBaseUrl() . 'images/icon.svg',
            'link' => pm_Context::getActionUrl('index'),
        ];
        $site = [
            'place' => self::PLACE_DOMAIN_PROPERTIES_DYNAMIC,
            'section' => self::SECTION_DOMAIN_PROPS_DYNAMIC_SECURITY,
            'contextParams' => true,
            'visibility' => [$this, 'isForSite'],
        ];

        return [
            $site + $button,
            ['place' => self::PLACE_HOSTING_PANEL_NAVIGATION, 'visibility' => [$this, 'isForAccount']] + $button,
            ['place' => self::PLACE_ADMIN_TOOLS_AND_SETTINGS, 'section' => self::SECTION_ADMIN_TOOLS_SECURITY,
                'link' => pm_Context::getActionUrl('index') . '?page=admin'] + $button,
            ['place' => self::PLACE_ADMIN_NAVIGATION, 'section' => self::SECTION_NAV_GENERAL] + $button,
            ['place' => self::PLACE_RESELLER_NAVIGATION, 'section' => self::SECTION_NAV_GENERAL] + $button,
        ];
    }

    /** @param array<string, mixed> $context */
    public function isForSite(array $context = []): bool
    {
        return Modules_XolphinSsl_Rights::ofSite(Modules_XolphinSsl_Given::number($context['site_id'] ?? $context['dom_id'] ?? 0));
    }

    public function isForAccount(): bool
    {
        return Modules_XolphinSsl_Rights::ofAccount();
    }
}
