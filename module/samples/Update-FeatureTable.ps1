<#
.SYNOPSIS
    A runbook: refreshes one feature table from CSV files and verifies it.
.DESCRIPTION
    Loads the files into a stage, builds the indexes, swaps the stage in and verifies the table. Started again after an
    interruption it goes on where it stopped. Ends with an error when the table does not pass its verification.
.PARAMETER Table
    The table to refresh, e.g. public.customer_features.
.PARAMETER Path
    The CSV files, e.g. /mnt/features/customer_features-*.csv.gz.
.PARAMETER Connection
    Connection options: a hashtable, a connection string, or the name of a connection asset in Azure Automation.
.EXAMPLE
    ./Update-FeatureTable.ps1 -Table public.customer_features -Path /mnt/features/*.csv.gz -Connection LakebaseProduction
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)]
    [string] $Table,

    [Parameter(Mandatory)]
    [string[]] $Path,

    [Parameter(Mandatory)]
    [object] $Connection
)

$ErrorActionPreference = 'Stop'
$InformationPreference = 'Continue'

if ($Connection -is [string] -and $Connection -notlike '*=*' -and (Get-Command -Name Get-AutomationConnection -ErrorAction Ignore)) {
    $Connection = Get-AutomationConnection -Name $Connection
}

$load = @{
    Session = $Connection
    Table   = $Table
    Path    = $Path
}
$loaded = Invoke-LakebaseBulkLoad @load
Write-Information -MessageData "$($loaded.Table): $($loaded.Status), $($loaded.Rows) rows in $($loaded.Duration)"

$checks = Test-LakebaseTable -Session $Connection -Table $Table
$checks
if ($checks.Status -contains 'Failed') {
    Write-Error -Message "$Table did not pass its verification." -ErrorId 'FeatureTableNotVerified'
}
