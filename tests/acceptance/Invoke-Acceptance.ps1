<#
.SYNOPSIS
    Runs the acceptance tests of a built or packaged module with Pester 5.
.DESCRIPTION
    Starts one private server for all tests, runs them, writes a JSON file {passed, failed, skipped, seconds, failures} and
    ends with exit code 0 when nothing failed, 1 when something did and 2 when the tests could not run.
.PARAMETER ModulePath
    The manifest LakebaseOps.psd1 to test, e.g. artifacts/package/LakebaseOps/LakebaseOps.psd1.
.PARAMETER ResultPath
    The JSON file to write.
.PARAMETER Name
    Names of test files without .Tests.ps1; wildcards allowed. All by default.
.EXAMPLE
    ./tests/acceptance/Invoke-Acceptance.ps1 -ModulePath ./LakebaseOps.psd1 -ResultPath ./artifacts/acceptance.json
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $ModulePath,

    [Parameter(Mandatory)]
    [string] $ResultPath,

    [string[]] $Name = '*'
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable -Name Pester | Where-Object Version -ge 5.5)) {
    Write-Host 'ACCEPTANCE TESTS NOT RUN: Pester 5.5 or later is not installed (Install-Module Pester).'
    exit 2
}

Import-Module -Name Pester -MinimumVersion 5.5
# pwsh -File hands a list over as one text.
$Name = $Name -split ','
$manifest = (Resolve-Path -LiteralPath $ModulePath).ProviderPath
Import-Module -Name $manifest
$folder = Join-Path -Path ([System.IO.Path]::GetTempPath()) -ChildPath "lakebaseops-acceptance-$PID"
$null = New-Item -ItemType Directory -Path $folder -Force

try {
    $server = @{ Name = 'acceptance'; Path = $folder; Ephemeral = $true; Settings = @{ fsync = 'off'; max_connections = '60'; autovacuum_naptime = '1d' } }
    $sandbox = Start-LakebaseSandbox @server
    $env:LAKEBASE_ACCEPTANCE_MODULE = $manifest
    $env:LAKEBASE_ACCEPTANCE_SANDBOX = $sandbox.Path

    $configuration = New-PesterConfiguration
    $configuration.Run.Path = @(Get-ChildItem -Path $PSScriptRoot -Filter *.Tests.ps1 |
            Where-Object { $file = $_; $Name | Where-Object { $file.Name -like "$_.Tests.ps1" } } |
            ForEach-Object FullName)
    $configuration.Run.PassThru = $true
    $configuration.Output.Verbosity = 'Detailed'
    $run = Invoke-Pester -Configuration $configuration
}
finally {
    Stop-LakebaseSandbox -Name acceptance -Path $folder -ErrorAction SilentlyContinue | Out-Null
    Remove-Item -LiteralPath $folder -Recurse -Force -ErrorAction SilentlyContinue
    Remove-Item -Path Env:LAKEBASE_ACCEPTANCE_MODULE, Env:LAKEBASE_ACCEPTANCE_SANDBOX -ErrorAction SilentlyContinue
}

$failed = $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount
[ordered]@{
    passed   = $run.PassedCount
    failed   = $failed
    skipped  = $run.SkippedCount + $run.NotRunCount + $run.InconclusiveCount
    seconds  = [math]::Round($run.Duration.TotalSeconds, 1)
    failures = @($run.Failed + $run.FailedBlocks + $run.FailedContainers | Where-Object { $_ } | ForEach-Object {
            "$($_.ExpandedPath ?? $_.Item)`n$(($_.ErrorRecord | Select-Object -First 1).Exception.Message)"
        })
} | ConvertTo-Json | Set-Content -LiteralPath $ResultPath
exit ($failed -gt 0 ? 1 : 0)
