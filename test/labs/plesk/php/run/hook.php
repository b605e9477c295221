<?php

/* Asks one hook of the extension and prints its answer as JSON: `hook.php NAME METHOD ARGUMENTS-AS-JSON`. */

[, $name, $method, $json] = $argv;
$arguments = json_decode($json, true, 512, JSON_THROW_ON_ERROR);
$hook = Lab_Panel::hook($name);
if ($hook === null) {
    echo 'null';
    exit(0);
}

/** Buttons this session may see, with their context in the address. */
function labButtons(array $buttons, array $context): array
{
    $shown = [];
    foreach ($buttons as $button) {
        $visible = $button['visibility'] ?? null;
        if (is_callable($visible) && !$visible($context)) {
            continue;
        }
        unset($button['visibility']);
        if (($button['contextParams'] ?? false) && $context !== []) {
            $button['link'] .= (str_contains($button['link'], '?') ? '&' : '?') . http_build_query($context);
        }
        $shown[] = $button;
    }
    return $shown;
}

$answer = match ($method) {
    'getButtons' => labButtons($hook->getButtons(), $arguments['context'] ?? []),
    'webServerLines' => (static function () use ($hook, $arguments): string {
        $domain = new pm_Domain($arguments['domain']);
        return $domain->hasForwarding()
            ? (string) $hook->getForwardingDomainNginxConfig($domain)
            : (string) $hook->getDomainNginxProxyConfig($domain);
    })(),
    'apacheLines' => (static function () use ($hook, $arguments): string {
        $domain = new pm_Domain($arguments['domain']);
        return $domain->hasForwarding()
            ? (string) $hook->getForwardingDomainApacheConfig($domain)
            : (string) $hook->getDomainApacheConfig($domain);
    })(),
    'getServices' => array_map(
        static fn ($service) => [
            'id' => $service->getId(),
            'name' => $service->getName(),
            'installed' => (bool) $service->isInstalled(),
            'configured' => (bool) $service->isConfigured(),
            'running' => (bool) $service->isRunning(),
        ],
        $hook->getServices(),
    ),
    'service' => (static function () use ($hook, $arguments): bool {
        foreach ($hook->getServices() as $service) {
            if ($service->getId() === $arguments['id']) {
                $service->{'on' . ucfirst($arguments['action'])}();
                return true;
            }
        }
        return false;
    })(),
    'getBlocks' => array_map(
        static fn ($block) => ['title' => $block->getTitle(), 'content' => $block->getContent(), 'footer' => $block->getFooter()],
        array_values(array_filter($hook->getBlocks(), static fn ($block) => $block->isEnabled())),
    ),
    'getIndex' => array_map(
        static fn ($item) => [
            'title' => $item->getTitle(),
            'description' => $item->getDescription(),
            'icon' => $item->getIcon(),
            'link' => $item->getLink(),
            'fields' => $item->getIndexedFields(),
        ],
        array_values(array_filter($hook->getIndex(), static fn ($item) => $item->isVisible())),
    ),
    'getTabs' => $hook->getTabs($arguments['item']),
    'getNotifications' => array_map(
        static fn ($one) => ['title' => $one->getTitle(), 'message' => $one->getMessage(), 'subject' => $one->getSubject()],
        $hook->getNotifications(),
    ),
    'call' => $hook->call($arguments['params']),
    'backup' => isset($arguments['domain'])
        ? $hook->backup(new pm_Domain($arguments['domain']))
        : $hook->backup(...(isset($arguments['client']) ? [pm_Client::getByClientId($arguments['client'])] : [])),
    'restore' => (static function () use ($hook, $arguments): bool {
        $subject = isset($arguments['domain']) ? [new pm_Domain($arguments['domain'])] : [];
        $map = $arguments['idMap'] ? [[]] : [];
        $hook->restore(...$subject, ...$map, ...[$arguments['pleskVersion'], $arguments['extVersion'], $arguments['config'], $arguments['folder']]);
        return true;
    })(),
    default => $hook->$method(),
};
echo json_encode($answer, JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE);
