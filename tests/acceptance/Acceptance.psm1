# What the acceptance tests share: the module under test, a database of their own, and PowerShell processes to try things in.

$script:Databases = 0

function Import-TestedModule {
    Import-Module -Name (Get-TestedManifest) -Global
}

function Get-TestedManifest {
    if ($env:LAKEBASE_ACCEPTANCE_MODULE) {
        return $env:LAKEBASE_ACCEPTANCE_MODULE
    }

    (Resolve-Path -Path "$PSScriptRoot/../../LakebaseOps.psd1").ProviderPath
}

# The server of Invoke-Acceptance.ps1.
function Get-TestServer {
    if (-not $env:LAKEBASE_ACCEPTANCE_SANDBOX) {
        throw 'No server: run these tests through tests/acceptance/Invoke-Acceptance.ps1.'
    }

    $folder = Split-Path -Path $env:LAKEBASE_ACCEPTANCE_SANDBOX -Parent
    Get-LakebaseSandbox -Name acceptance -Path $folder
}

# An open session on a new, empty database.
function New-TestSession {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([Parameter(Mandatory)] [string] $Name)

    $script:Databases++
    $database = "$($Name)_$PID`_$script:Databases".ToLowerInvariant()
    Invoke-LakebaseQuery -Session (Get-TestServer) -Query "CREATE DATABASE $database"
    Get-TestServer | Connect-Lakebase -Database $database -Name "$Name$script:Databases"
}

function Remove-TestSession {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param([LakebaseOps.LakebaseSession] $Session)

    if ($Session) {
        $database = $Session.Database
        Disconnect-Lakebase -Session $Session
        Invoke-LakebaseQuery -Session (Get-TestServer) -Query "DROP DATABASE $database WITH (FORCE)"
    }
}

# CSV files of a few columns: customer_features-like rows that any reader can check by eye.
function New-TestCsv {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '')]
    param(
        [Parameter(Mandatory)] [string] $Path,
        [int] $Rows = 1000,
        [int] $Seed = 1
    )

    $writer = [System.IO.StreamWriter]::new($Path)
    try {
        $writer.Write("id,name,amount`n")
        for ($row = 1; $row -le $Rows; $row++) {
            $writer.Write("$row,name $row,$(($row * $Seed % 997) / 4)`n")
        }
    }
    finally {
        $writer.Dispose()
    }
}

# The last line that a script wrote in a PowerShell of its own, and its exit code.
function Invoke-FreshPowerShell {
    param([Parameter(Mandatory)] [string] $Script)

    $program = (Get-Process -Id $PID).Path
    $output = & $program -NoProfile -NonInteractive -Command $Script 2>&1
    [pscustomobject]@{ Output = @($output | ForEach-Object { "$_" }); ExitCode = $LASTEXITCODE }
}

# What a database holds: every relation with its file, its size and its columns. Equal before and after: nothing was written.
function Get-DatabaseFingerprint {
    param([Parameter(Mandatory)] [LakebaseOps.LakebaseSession] $Session)

    $query = @'
SELECT string_agg(format('%s %s %s %s %s', n.nspname, c.relname, c.relfilenode, pg_relation_size(c.oid),
       (SELECT count(*) FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped)), E'\n' ORDER BY 1, c.oid) AS relations,
       (SELECT string_agg(proname, ' ' ORDER BY oid) FROM pg_proc WHERE pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)) AS functions,
       (SELECT string_agg(nspname, ' ' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)') AS schemas
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname !~ '^(pg_|information_schema)'
'@
    $row = Invoke-LakebaseQuery -Session $Session -Query $query
    "$($row.relations)`n$($row.functions)`n$($row.schemas)"
}

# Backends of the session's database other than the one that asks.
function Get-ServerSessionCount {
    param([Parameter(Mandatory)] [LakebaseOps.LakebaseSession] $Session, [string] $Where = 'true')

    $query = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = '$($Session.Database)' AND pid <> pg_backend_pid() AND $Where"
    (Invoke-LakebaseQuery -Session (Get-TestServer) -Query $query).n
}

Export-ModuleMember -Function *
