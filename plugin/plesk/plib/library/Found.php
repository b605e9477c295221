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
        return pm_Locale::lmsg('searchText', ['name' => Modules_XolphinSsl_Given::text($this->about('name'))]);
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
        return pm_Context::getActionUrl('index') . '?site_id=' . $this->id();
    }

    public function isVisible(): bool
    {
        return Modules_XolphinSsl_Rights::ofSite($this->id());
    }

    private function id(): int
    {
        return Modules_XolphinSsl_Given::number($this->about('id'));
    }

    private function about(string $what): mixed
    {
        $website = $this->getData();

        return is_array($website) ? $website[$what] ?? null : null;
    }
}
