<?php

declare(strict_types=1);

/** One website in the panel's search, leading to its certificates. */
class Modules_XolphinSsl_Found extends pm_SearchIndex
{
    public function getIndexedFields(): string
    {
        return $this->getTitle();
    }

    public function getTitle(): string
    {
        return pm_Locale::lmsg('searchText', ['name' => (string) $this->getData()['name']]);
    }

    public function getDescription(): string
    {
        return pm_Locale::lmsg('buttonText');
    }

    public function getIcon(): string
    {
        return pm_Context::getBaseUrl() . 'images/icon.svg';
    }

    public function getLink(): string
    {
        return pm_Context::getActionUrl('index') . '?site_id=' . (int) $this->getData()['id'];
    }

    public function isVisible(): bool
    {
        return Modules_XolphinSsl_Rights::ofSite((int) $this->getData()['id']);
    }
}
