<?php

declare(strict_types=1);

/** A tab in the card of each website: its certificates (spec plesk §1.8). */
class Modules_XolphinSsl_DynamicList extends pm_Hook_DynamicList
{
    /**
     * @param string $itemId `d:` and the number of a domain, or `a:` and that of an alias
     * @return array<string, array<string, mixed>>
     */
    public function getTabs($itemId): array
    {
        [$kind, $id] = explode(':', $itemId, 2) + ['', ''];
        if ($kind !== 'd' || !Modules_XolphinSsl_Rights::ofSite((int) $id)) {
            return [];
        }
        $site = pm_Domain::getByDomainId((int) $id);
        $handOver = Modules_XolphinSsl_HandOver::forPanel(pm_Session::getClient(), '', 'page', $site);
        $content = Modules_XolphinSsl_Agent::send('/page', $handOver);

        return $content === null ? [] : [
            'xolphin-ssl' => ['title' => pm_Locale::lmsg('pageTitle'), 'content' => Modules_XolphinSsl_Fragment::of($content), 'order' => 50],
        ];
    }
}
